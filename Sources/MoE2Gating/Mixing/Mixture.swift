/// The answer of a team to a question with options.
public struct Mixture: Sendable, Equatable {
    /// One probability per option.
    public let probabilities: [Double]
    /// The team that answered, with shares.
    public let team: Team

    /// The most probable option; equal probabilities go to the first.
    public var best: Int {
        var best = 0
        for option in probabilities.indices where probabilities[option] > probabilities[best] { best = option }
        return best
    }
}
