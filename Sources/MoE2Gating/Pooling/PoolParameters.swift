/// What the pool learns about its experts: how to read each one by itself (correction), how much of what one says the
/// others say too (redundancy), and how the prompt changes what an expert is worth to a team (modulation).
///
/// On a team T with prompt x, the corrected evidence of expert n gets the weight w_n = r_n(T)·exp((1 − 1/|T|)·γ_n(x)), where
/// r(T) ≥ 0 solves max s·r − ½ r·R·r on T with s_n = R_nn. An expert alone has the weight 1: its correction says all. Nothing
/// depends on experts outside T: that is why dropping experts needs no training.
public struct PoolParameters: Sendable, Equatable {
    /// How the evidence of every expert is read.
    public var correction: EvidenceCorrection
    /// The redundancy matrix R, symmetric positive definite, row-major.
    public var redundancy: [Double]
    /// γ per label `[label][expert]`, row-major.
    public var labelModulation: [Double]
    /// γ per unit of the standardised text head where labels are known.
    public var textModulation: [Double]
    /// γ per unit of the standardised text head where no label is known.
    public var textOnlyModulation: [Double]

    /// The largest |γ|: a weight changes at most by a factor e³ with the prompt.
    public static let modulationLimit = 3.0

    /// The number of experts.
    public var experts: Int { textModulation.count }

    /// γ for a prompt with label columns `labels` and standardised text head output `text`.
    public func modulation(labels: [Int], text: [Double]) -> [Double] {
        let factors = labels.isEmpty ? textOnlyModulation : textModulation
        return (0..<experts).map { expert in
            var sum = factors[expert] * text[expert]
            for label in labels { sum += labelModulation[label * experts + expert] }
            return min(max(sum, -Self.modulationLimit), Self.modulationLimit)
        }
    }

    /// Weights ≥ 0 of the corrected evidence of the experts in `team`, in team order, for a prompt with `modulation`.
    public func weights(team: [Int], modulation: [Double]) -> [Double] {
        let solution = TeamSolution(team: team, redundancy: redundancy, experts: experts)
        let share = Self.modulationShare(of: team.count)
        return zip(team, solution.weights).map { $1 * exponential(share * modulation[$0]) }
    }

    /// The share of γ that counts in a team of `size` experts: none for an expert alone.
    static func modulationShare(of size: Int) -> Double { 1 - 1 / Double(max(size, 1)) }
}
