import MoE2Core
import MoE2Gating

/// Scores by a trained gate.
struct GateScorer: ExpertScorer {
    let model: GateModel
    /// Where features come from that the gate does not compute itself; nil: from its own encoder.
    let embeddings: PromptEmbeddings?
    private let numbers: [ExpertID: Int]

    init(_ model: GateModel, embeddings: PromptEmbeddings? = nil) {
        self.model = model
        self.embeddings = embeddings
        numbers = Dictionary(
            model.experts.enumerated().compactMap { number, name in ExpertID(rawValue: name).map { ($0, number) } },
            uniquingKeysWith: { first, _ in first }
        )
    }

    var temperature: Double { model.temperature }
    var origin: String { "a gate trained on \(model.trainingPrompts) prompts" }

    func prepare(_ prompt: String) async { await embeddings?.prepare(prompt) }
    func prepare(planning prompts: [String]) async -> Bool { await embeddings?.pin(prompts) ?? false }

    /// What the gate says about `prompt`: by its embedding if that is there, by label and prior otherwise, for a gate that
    /// was trained on embeddings.
    func reading(of prompt: String, category: Category) -> GateReading {
        let labels = [category.rawValue]
        guard let embeddings else { return model.read(prompt: prompt, labels: labels) }
        return model.read(features: embeddings.features(of: prompt) ?? SparseVector(), labels: labels)
    }

    func scores(prompt: String, category: Category, of experts: [Expert]) -> [ExpertID: Double] {
        let scores = reading(of: prompt, category: category).scores
        var known: [ExpertID: Double] = [:]
        for expert in experts {
            if let number = numbers[expert.id] { known[expert.id] = scores[number] }
        }
        return known
    }
}
