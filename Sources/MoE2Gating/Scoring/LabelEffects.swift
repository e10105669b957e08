/// How much better or worse each expert does on prompts with a label, beyond what the text and the labels before it say.
///
/// Each effect is a mean residual shrunk towards 0 by `LabelEffects.priorCount` pseudo-prompts: a label with few prompts
/// says little.
public struct LabelEffects: Sendable, Equatable {
    /// Pseudo-prompts without effect that are added to each label.
    public static let priorCount = 20.0
    /// The share of the text head's output that counts where a label is known. The domain of a closed question says most of
    /// what its text does, with less noise; the category of a free-text prompt is coarse, and the text tells prompts apart
    /// that share it. Both measured: docs/decisions/0040-log-linear-pool.md.
    static func textShare(for kind: AnswerKind) -> Double {
        switch kind {
        case .choice, .vote: 0.25
        case .score: 1
        }
    }

    /// The number of experts.
    public let experts: Int
    /// Effects `[label][expert]`, row-major.
    public let effects: [Double]

    /// Stored effects.
    public init(experts: Int, effects: [Double]) {
        self.experts = experts
        self.effects = effects
    }

    /// Effects from `residuals` `[prompt][expert]` of prompts whose label columns are `columns`, coarse to fine.
    init(residuals: [Double], experts: Int, columns: [[Int]], labelCount: Int) {
        var residuals = residuals
        var effects = [Double](repeating: 0, count: labelCount * experts)
        for level in 0..<(columns.map(\.count).max() ?? 0) {
            var sums = [Double](repeating: 0, count: labelCount * experts)
            var counts = [Double](repeating: 0, count: labelCount)
            for (prompt, labels) in columns.enumerated() where level < labels.count {
                counts[labels[level]] += 1
                for expert in 0..<experts {
                    sums[labels[level] * experts + expert] += residuals[prompt * experts + expert]
                }
            }
            for label in 0..<labelCount where counts[label] > 0 {
                for expert in 0..<experts {
                    effects[label * experts + expert] +=
                        sums[label * experts + expert] / (counts[label] + Self.priorCount)
                }
            }
            for (prompt, labels) in columns.enumerated() where level < labels.count {
                for expert in 0..<experts {
                    let index = labels[level] * experts + expert
                    residuals[prompt * experts + expert] -= sums[index] / (counts[labels[level]] + Self.priorCount)
                }
            }
        }
        self.experts = experts
        self.effects = effects
    }

    /// Adds the effects of `columns` to `scores`.
    func add(_ columns: [Int], to scores: inout [Double]) {
        for column in columns {
            for expert in 0..<experts { scores[expert] += effects[column * experts + expert] }
        }
    }
}
