/// The mean negative log-likelihood of one expert's corrected answers, with penalties, as a function of one flat parameter
/// vector: sharpness, label sharpness, text sharpness, position bias, label position bias `[label][position]`.
struct CorrectionObjective {
    /// Strengths of the Gaussian priors, in pseudo-prompts.
    struct Penalties {
        var sharpness = 10.0
        var bias = 20.0
        var labelBias = 20.0
    }

    let table: EvidenceTable
    let expert: Int
    /// Label columns per prompt.
    let labels: [[Int]]
    let labelCount: Int
    /// Standardised, cross-fitted text head outputs `[prompt][expert]`.
    let text: [Double]
    let positions: Int
    /// Whether labels have a position bias of their own.
    let hasLabelBias: Bool
    /// Whether a parameter may move; empty: all may.
    var isFree: [Bool] = []
    var penalties = Penalties()

    var textStart: Int { 1 + labelCount }
    var biasStart: Int { textStart + 1 }
    var labelBiasStart: Int { biasStart + positions }
    var parameterCount: Int { labelBiasStart + (hasLabelBias ? labelCount * positions : 0) }

    /// The prompts on which the expert's answer says anything.
    var rows: [Int] {
        (0..<table.promptCount).filter { prompt in
            table.evidence(of: expert, on: prompt).contains { $0 != 0 }
        }
    }

    /// The value at `x` over `rows`; fills in `gradient`.
    func evaluate(_ x: [Double], _ gradient: inout [Double], rows: [Int]) -> Double {
        for i in gradient.indices { gradient[i] = 0 }
        var value = 0.0
        let share = 1 / Double(max(rows.count, 1))
        var logits = [Double](repeating: 0, count: table.optionCounts.max() ?? 0)
        for prompt in rows { value += share * accumulate(prompt, x, share, &logits, &gradient) }
        for i in 1..<parameterCount {
            let strength =
                share
                * (i < biasStart ? penalties.sharpness : i < labelBiasStart ? penalties.bias : penalties.labelBias)
            value += strength * x[i] * x[i]
            gradient[i] += 2 * strength * x[i]
        }
        if !isFree.isEmpty { for i in gradient.indices where !isFree[i] { gradient[i] = 0 } }
        return value
    }

    private func accumulate(
        _ prompt: Int,
        _ x: [Double],
        _ share: Double,
        _ logits: inout [Double],
        _ gradient: inout [Double]
    ) -> Double {
        let evidence = table.evidence(of: expert, on: prompt)
        let count = evidence.count
        let read = text[prompt * table.experts + expert]
        var sum = x[0] + x[textStart] * read
        for label in labels[prompt] { sum += x[1 + label] }
        let sharpness = exponential(min(max(sum, -EvidenceCorrection.limit), EvidenceCorrection.limit))
        for (option, value) in evidence.enumerated() {
            logits[option] = sharpness * value
            guard option < positions else { continue }
            logits[option] += x[biasStart + option]
            guard hasLabelBias else { continue }
            for label in labels[prompt] { logits[option] += x[labelBiasStart + label * positions + option] }
        }
        let answer = table.answers[prompt]
        let own = logits[answer]
        let total = logits.withUnsafeMutableBufferPointer {
            softmax(UnsafeMutableBufferPointer(rebasing: $0[..<count]))
        }
        logits[answer] -= 1
        var slope = 0.0
        for (option, value) in evidence.enumerated() {
            slope += logits[option] * value
            guard option < positions else { continue }
            gradient[biasStart + option] += share * logits[option]
            guard hasLabelBias else { continue }
            for label in labels[prompt] {
                gradient[labelBiasStart + label * positions + option] += share * logits[option]
            }
        }
        if abs(sum) < EvidenceCorrection.limit {
            slope *= share * sharpness
            gradient[0] += slope
            gradient[textStart] += slope * read
            for label in labels[prompt] { gradient[1 + label] += slope }
        }
        return total - own
    }
}
