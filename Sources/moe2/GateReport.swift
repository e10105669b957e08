import FoundationEssentials
import MoE2Gating

/// What `moe2 gate inspect` prints.
struct GateReport: Encodable {
    /// One expert.
    struct Expert: Encodable {
        let name: String
        /// Mean accuracy (or score) on the training prompts.
        let accuracy: Double
        /// Mean score: the prior.
        let prior: Double
        /// Its weight in the pool when all experts answer and nothing is known about the prompt; 0 when the others tell
        /// all that it could.
        let weight: Double
        let staticWeight: Double

        enum CodingKeys: String, CodingKey {
            case name, accuracy, prior, weight
            case staticWeight = "static_weight"
        }
    }

    let formatVersion: UInt32
    let kind: String
    let encoder: String
    let trainingPrompts: Int
    let temperature: Double
    let labels: [String]
    let readsText: Bool
    let storesBaselines: Bool
    let experts: [Expert]

    enum CodingKeys: String, CodingKey {
        case formatVersion = "format_version"
        case trainingPrompts = "training_prompts"
        case readsText = "reads_text"
        case storesBaselines = "stores_baselines"
        case kind, encoder, temperature, labels, experts
    }

    init(_ gate: GateModel) {
        formatVersion = GateFile.version
        kind = "\(gate.kind)"
        encoder = gate.encoderIdentity
        trainingPrompts = gate.trainingPrompts
        temperature = gate.temperature
        labels = gate.labels.names
        readsText = gate.textHead.weights.contains { $0 != 0 }
        storesBaselines = gate.baselines.classifier != nil
        let all = Array(gate.experts.indices)
        let team = gate.weigh(all, gate.read(features: SparseVector(), labels: []))
        experts = all.map { number in
            Expert(
                name: gate.experts[number],
                accuracy: gate.baselines.accuracies[number],
                prior: gate.scoreMeans[number],
                weight: team.weights[number],
                staticWeight: gate.baselines.staticWeights[number]
            )
        }
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    func table() -> String {
        var lines = [
            "gate file, format \(formatVersion): \(experts.count) experts, trained on \(trainingPrompts) prompts with \(kind)s",
            "features \(encoder)\(readsText ? "" : " (the text told nothing: scores depend on labels alone)")",
            "temperature \(Decimals.three(temperature)), \(labels.count) labels, baselines \(storesBaselines ? "stored" : "not stored")",
            "",
        ]
        let width = (experts.map(\.name.count).max() ?? 0) + 2
        lines.append("expert".padded(to: width) + "accuracy   prior  weight")
        for expert in experts {
            lines.append(
                expert.name.padded(to: width)
                    + "   \(Decimals.three(expert.accuracy))  \(Decimals.three(expert.prior))   \(Decimals.three(expert.weight))"
            )
        }
        return lines.joined(separator: "\n")
    }
}

extension String {
    /// The string with spaces appended up to `width` characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }
}
