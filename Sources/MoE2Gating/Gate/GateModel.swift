/// A trained gate. Immutable; safe to share between threads.
///
/// Use it in three steps: `read` a prompt once, form a `team` of the experts at hand, and mix the answers of those that
/// answered with `ChoiceMixer`, `VoteMixer` or not at all (`route`).
public struct GateModel: Sendable, Equatable {
    /// What the outcomes consisted of.
    public let kind: AnswerKind
    /// Names of the experts, in pool order. Every expert number refers to this order.
    public let experts: [String]
    /// The identity of the encoder whose features the gate understands.
    public let encoderIdentity: String
    /// The temperature T of the planner's quality and of soft-max weights, in units of the scores.
    public let temperature: Double
    /// Term weights learned from the calibration prompts.
    public let terms: TermWeights
    /// Known labels.
    public let labels: LabelTable
    /// Mean score per expert: the prior.
    public let scoreMeans: [Double]
    /// Label effects on the scores.
    public let labelEffects: LabelEffects
    /// Text effects on the scores.
    public let textHead: TextHead
    /// Divisor that standardises the text head for the pool's modulation, > 0.
    public let textScale: Double
    /// How answers become evidence.
    public let evidence: EvidenceModel
    /// The pool; `nil` for gates trained on scores, which route.
    public let pool: PoolParameters?
    /// What the baselines of an evaluation need; not used to serve.
    public let baselines: Baselines
    /// The number of prompts that the gate was trained on.
    public let trainingPrompts: Int

    /// The number of experts.
    public var expertCount: Int { experts.count }

    /// The embedded encoder, or `nil` if the gate was trained on features of another one.
    public var embeddedEncoder: HashedNgrams? { HashedNgrams(identity: encoderIdentity) }

    /// One score per expert, in pool order, from the embedded features. A category that was never seen counts as none.
    public func scores(prompt: String, category: String? = nil) -> [Double] {
        read(prompt: prompt, labels: category.map { [$0] } ?? []).scores
    }

    /// Reads a prompt with the embedded encoder. `labels` are `field:value` or bare categories; unknown ones are ignored.
    /// If the gate was trained on another encoder's features, the text counts as unknown: use `read(features:labels:)`.
    public func read(prompt: String, labels: [String]) -> GateReading {
        read(features: embeddedEncoder?.encode(prompt) ?? SparseVector(), labels: labels)
    }

    /// Reads a prompt given as raw features of the gate's encoder.
    public func read(features: SparseVector, labels names: [String]) -> GateReading {
        let columns = labels.resolve(names)
        let text = textHead.apply(terms.apply(features))
        let share = columns.isEmpty ? 1 : LabelEffects.textShare(for: kind)
        var scores = zip(scoreMeans, text).map { $0 + share * $1 }
        labelEffects.add(columns, to: &scores)
        return reading(scores: scores, text: text.map { $0 / textScale }, columns: columns)
    }

    /// A reading with the standardised text head output `text`.
    func reading(scores: [Double], text: [Double], columns: [Int]) -> GateReading {
        let zeros = [Double](repeating: 0, count: expertCount)
        return GateReading(
            scores: scores,
            sharpness: pool?.correction.sharpness(labels: columns, text: text) ?? zeros,
            modulation: pool?.modulation(labels: columns, text: text) ?? zeros,
            labels: columns
        )
    }

    /// The team for a prompt: the `k` best of `subset` by score with their shares. `subset` must not be empty.
    public func team(_ reading: GateReading, over subset: [Int], k: Int) -> Team {
        weigh(GateWeights.top(k, of: subset, by: reading.scores), reading)
    }

    /// The team that consists of exactly `members`, in that order, as when some members of a planned team did not answer.
    public func weigh(_ members: [Int], _ reading: GateReading) -> Team {
        let soft = GateWeights.softmaxWeights(reading.scores, over: members, temperature: temperature)
        guard let pool else { return Team(members: members, weights: soft, sharpness: 1) }
        let weights = zip(members, pool.weights(team: members, modulation: reading.modulation)).map {
            $1 * exponential(reading.sharpness[$0])
        }
        let sum = weights.reduce(0, +)
        // Only a damaged pool gives nobody a weight: whisper the answer rather than invent one.
        guard sum > 0 else { return Team(members: members, weights: soft, sharpness: 0.05) }
        return Team(members: members, weights: weights.map { $0 / sum }, sharpness: sum)
    }

    /// The numbers of the experts called `names`.
    ///
    /// - Throws: `GatingError` with code `poolMismatch` when the gate does not know a name or a name repeats.
    public func numbers(of names: [String]) throws(GatingError) -> [Int] {
        var numbers: [Int] = []
        for name in names {
            guard let number = experts.firstIndex(of: name) else {
                throw GatingError(
                    .poolMismatch,
                    "the gate knows no expert '\(name)'; it was trained for \(experts.joined(separator: ", "))"
                )
            }
            guard !numbers.contains(number) else {
                throw GatingError(.poolMismatch, "the expert '\(name)' is named twice: name each once")
            }
            numbers.append(number)
        }
        return numbers
    }
}
