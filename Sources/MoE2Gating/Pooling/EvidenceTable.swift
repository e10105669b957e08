/// The evidence of all experts on all training prompts, flat: `[prompt][expert][option]`.
struct EvidenceTable {
    let experts: Int
    let optionCounts: [Int]
    let answers: [Int]
    /// Where a prompt's block starts in `values`.
    let offsets: [Int]
    private(set) var values: [Double]
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

    /// The evidence of `expert` for each option of `prompt`.
    func evidence(of expert: Int, on prompt: Int) -> ArraySlice<Double> {
        let start = offsets[prompt] + expert * optionCounts[prompt]
        return values[start..<(start + optionCounts[prompt])]
    }

    /// The table with corrected evidence, for prompts with label columns `labels` and text head outputs `text`
    /// `[prompt][expert]`. Evidence that says nothing stays so.
    func corrected(by correction: EvidenceCorrection, labels: [[Int]], text: [Double]) -> EvidenceTable {
        var table = self
        for prompt in 0..<promptCount {
            let own = Array(text[(prompt * experts)..<((prompt + 1) * experts)])
            let sharpness = correction.sharpness(labels: labels[prompt], text: own)
            for expert in 0..<experts where evidence(of: expert, on: prompt).contains(where: { $0 != 0 }) {
                let factor = exponential(sharpness[expert])
                let count = optionCounts[prompt]
                let bias = correction.bias(of: expert, labels: labels[prompt], optionCount: count)
                let start = offsets[prompt] + expert * count
                for option in 0..<count {
                    table.values[start + option] = factor * values[start + option] + bias[option]
                }
            }
        }
        return table
    }
}
