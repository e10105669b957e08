/// The evidence of all experts on all training prompts, flat: `[prompt][expert][option]`.
struct EvidenceTable {
    let experts: Int
    let optionCounts: [Int]
    let answers: [Int]
    /// Where a prompt's block starts in `values`.
    let offsets: [Int]
    let values: [Double]
    /// Experts with an outcome, ascending, per prompt.
    let available: [[Int]]

    /// Tabulates `set`, every prompt of which must have options and an answer.
    init(_ set: CalibrationSet, model: EvidenceModel) {
        experts = set.experts.count
        var optionCounts: [Int] = []
        var answers: [Int] = []
        var offsets: [Int] = []
        var values: [Double] = []
        var available: [[Int]] = []
        for (index, prompt) in set.prompts.enumerated() {
            offsets.append(values.count)
            optionCounts.append(prompt.optionCount)
            answers.append(prompt.answer ?? 0)
            var present: [Int] = []
            for expert in 0..<set.experts.count {
                if let answer = set.answers[expert][index] {
                    present.append(expert)
                    values.append(contentsOf: model.evidence(answer, expert: expert, optionCount: prompt.optionCount))
                } else {
                    values.append(contentsOf: repeatElement(0, count: prompt.optionCount))
                }
            }
            available.append(present)
        }
        self.optionCounts = optionCounts
        self.answers = answers
        self.offsets = offsets
        self.values = values
        self.available = available
    }

    var promptCount: Int { optionCounts.count }
}
