/// One prompt as the methods of an evaluation see it. Experts are gate numbers.
struct PromptView: Sendable {
    let reading: GateReading
    /// Predictions of the stored baselines per expert; empty if they are not stored.
    let neighbours: [Double]
    let confidences: [Double]
    private let answers: [ExpertAnswer?]
    /// Plain distributions per expert; empty for free text and for experts outside the pool.
    private let distributions: [[Double]]
    private let optionCount: Int
    private let right: Int

    init(model: GateModel, set: CalibrationSet, row: Int, pool: [Int], features raw: SparseVector) {
        let prompt = set.prompts[row]
        reading = model.read(features: raw, labels: prompt.labels)
        optionCount = prompt.optionCount
        right = prompt.answer ?? 0
        var answers = [ExpertAnswer?](repeating: nil, count: model.expertCount)
        var distributions = [[Double]](repeating: [], count: model.expertCount)
        for (column, expert) in pool.enumerated() {
            answers[expert] = set.answers[column][row]
            guard set.kind != .score else { continue }
            distributions[expert] = model.evidence.distribution(
                answers[expert],
                expert: expert,
                optionCount: optionCount
            )
        }
        self.answers = answers
        self.distributions = distributions
        let joined = CorrectnessClassifier.join(
            model.terms.apply(raw),
            labels: model.labels.resolve(prompt.labels),
            dimension: model.terms.weights.count
        )
        neighbours = model.baselines.neighbours?.predict(joined.normalised) ?? []
        confidences = model.baselines.classifier?.predict(joined) ?? []
    }

    /// The gate's first choice among `members`.
    func first(of members: [Int]) -> Int { GateWeights.top(1, of: members, by: reading.scores)[0] }

    /// The answer of the gate's team, by the mixers that serve. Members without an outcome count as silent.
    func mixed(_ members: [Int], k: Int?, _ model: GateModel) -> PromptResult {
        let team = GateWeights.top(k ?? members.count, of: members, by: reading.scores)
        let present = team.compactMap { expert in answers[expert].map { (expert: expert, answer: $0) } }
        guard !present.isEmpty else { return PromptResult(probabilities: uniform, right: right) }
        let mixture = EvidencePool.mix(present, optionCount: optionCount, model: model, reading: reading)
        return PromptResult(probabilities: mixture.probabilities, right: right)
    }

    func routed(to expert: Int) -> PromptResult {
        if case .score(let score)? = answers[expert] { return PromptResult(quality: score, negativeLogLikelihood: nil) }
        guard optionCount > 0 else { return PromptResult(quality: 0, negativeLogLikelihood: nil) }
        return PromptResult(probabilities: distributions[expert], right: right)
    }

    func routed(by predictions: [Double], _ members: [Int]) -> PromptResult {
        routed(to: GateWeights.top(1, of: members, by: predictions)[0])
    }

    /// A linear mixture of plain distributions; `nil` weighs all members alike. Weights that are all 0 count as equal.
    func linear(_ members: [Int], weights: [Double]?) -> PromptResult {
        let sum = members.reduce(0) { $0 + (weights?[$1] ?? 1) }
        var mixture = [Double](repeating: 0, count: optionCount)
        for expert in members {
            let weight = sum > 0 ? (weights?[expert] ?? 1) / sum : 1 / Double(members.count)
            for option in mixture.indices { mixture[option] += weight * distributions[expert][option] }
        }
        return PromptResult(probabilities: mixture, right: right)
    }

    /// Weighted majority vote by confidence among the members expected to be right, or of the most confident alone.
    func voted(_ members: [Int]) -> PromptResult {
        var voters = members.filter { confidences[$0] >= 0.5 }
        if voters.isEmpty { voters = GateWeights.top(1, of: members, by: confidences) }
        var shares = [Double](repeating: 0.5 / Double(optionCount), count: optionCount)
        for expert in voters {
            if case .vote(nil, _)? = answers[expert] { continue }
            guard answers[expert] != nil else { continue }
            shares[ScoreTargets.firstMaximum(distributions[expert])] += confidences[expert]
        }
        let sum = shares.reduce(0, +)
        return PromptResult(probabilities: shares.map { $0 / sum }, right: right)
    }

    func expected(_ members: [Int]) -> PromptResult {
        let results = members.map { routed(to: $0) }
        let count = Double(results.count)
        let losses = results.compactMap(\.negativeLogLikelihood)
        return PromptResult(
            quality: results.reduce(0) { $0 + $1.quality } / count,
            negativeLogLikelihood: losses.count == results.count ? losses.reduce(0, +) / count : nil
        )
    }

    func best(_ members: [Int]) -> PromptResult {
        let results = members.map { routed(to: $0) }
        let losses = results.compactMap(\.negativeLogLikelihood)
        return PromptResult(
            quality: results.map(\.quality).max() ?? 0,
            negativeLogLikelihood: losses.count == results.count ? losses.min() : nil
        )
    }

    private var uniform: [Double] { [Double](repeating: 1 / Double(optionCount), count: optionCount) }
}
