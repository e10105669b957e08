/// What the pool learns about its experts: how much each one tells (skill), how much of that the others tell too
/// (redundancy), and how the prompt changes it (modulation).
///
/// On a team T with prompt x, expert n gets the weight w_n = r_n(T)·exp(δ_n(x)), where r(T) ≥ 0 solves
/// max s·r − ½ r·R·r on T. Nothing in it depends on experts outside T: that is why dropping experts needs no training.
public struct PoolParameters: Sendable, Equatable {
    /// Skill s per expert.
    public var skills: [Double]
    /// The redundancy matrix R, symmetric positive definite, row-major.
    public var redundancy: [Double]
    /// δ per label `[label][expert]`, row-major.
    public var labelModulation: [Double]
    /// δ per unit of the standardised text head where labels are known.
    public var textModulation: [Double]
    /// δ per unit of the standardised text head where no label is known.
    public var textOnlyModulation: [Double]
    /// One number of evidence per option position, the same for every team.
    public var positionBias: [Double]

    /// The largest |δ|: a weight changes at most by a factor e³ with the prompt.
    public static let modulationLimit = 3.0

    /// The number of experts.
    public var experts: Int { skills.count }

    /// δ for a prompt with label columns `labels` and standardised text head output `text`.
    public func modulation(labels: [Int], text: [Double]) -> [Double] {
        let factors = labels.isEmpty ? textOnlyModulation : textModulation
        return (0..<experts).map { expert in
            var sum = factors[expert] * text[expert]
            for label in labels { sum += labelModulation[label * experts + expert] }
            return min(max(sum, -Self.modulationLimit), Self.modulationLimit)
        }
    }

    /// Weights ≥ 0 of the experts in `team`, in team order, for a prompt with `modulation`. They add up to the sharpness of
    /// the team's answer, not to 1. If no expert of the team has positive skill, all weights are 0.
    public func weights(team: [Int], modulation: [Double]) -> [Double] {
        let solution = TeamSolution(team: team, skills: skills, redundancy: redundancy)
        return zip(team, solution.weights).map { $1 * exponential(modulation[$0]) }
    }
}
