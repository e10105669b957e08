/// What the scores are trained towards: the quality of every expert on every training prompt.
struct ScoreTargets {
    /// `[prompt][expert]`, centred on `means`; 0 where there is no outcome.
    let centred: [Double]
    /// Mean per expert over its outcomes.
    let means: [Double]
    /// Plain probability of the right answer (or the score) `[prompt][expert]`; uniform (or 0) where there is none.
    let likelihoods: [Double]
    /// Whether the expert's plain answer is right, fractional for scores and for uniform answers `[prompt][expert]`.
    let qualities: [Double]

    /// Targets of `set` with the distributions of `model`.
    init(_ set: CalibrationSet, model: EvidenceModel) {
        let experts = set.experts.count
        var values = [Double](repeating: 0, count: set.prompts.count * experts)
        var likelihoods = values
        var qualities = values
        var sums = [Double](repeating: 0, count: experts)
        var counts = sums
        for (row, prompt) in set.prompts.enumerated() {
            for expert in 0..<experts {
                let index = row * experts + expert
                let answer = set.answers[expert][row]
                if case .score(let score)? = answer {
                    (values[index], likelihoods[index], qualities[index]) = (score, score, score)
                } else if let right = prompt.answer, set.kind != .score {
                    let p = model.distribution(answer, expert: expert, optionCount: prompt.optionCount)
                    likelihoods[index] = p[right]
                    values[index] = naturalLog(EvidenceModel.floor + p[right])
                    qualities[index] = Self.firstMaximum(p) == right ? 1 : 0
                }
                if answer != nil {
                    sums[expert] += values[index]
                    counts[expert] += 1
                }
            }
        }
        let means = zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }
        for row in set.prompts.indices {
            for expert in 0..<experts {
                let index = row * experts + expert
                values[index] = set.answers[expert][row] == nil ? 0 : values[index] - means[expert]
            }
        }
        self.centred = values
        self.means = means
        self.likelihoods = likelihoods
        self.qualities = qualities
    }

    /// The position of the largest entry; equal entries go to the first.
    static func firstMaximum(_ values: [Double]) -> Int {
        var best = 0
        for index in values.indices where values[index] > values[best] { best = index }
        return best
    }
}
