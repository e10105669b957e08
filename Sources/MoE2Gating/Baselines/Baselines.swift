/// What the baselines of an evaluation learned on the training prompts, stored in the gate file so that an evaluation on
/// other prompts tunes nothing.
public struct Baselines: Sendable, Equatable {
    /// Mean accuracy (or score) per expert on the training prompts; a missing answer counts as uniform over the options.
    public let accuracies: [Double]
    /// Mean log-probability of the right answer per expert, by the expert's plain distribution; 0 for scores.
    public let logLikelihoods: [Double]
    /// Weights of the best linear mixture of the plain distributions, found by expectation maximisation; sum 1.
    public let staticWeights: [Double]
    /// The nearest-neighbour router; `nil` if the gate was written without baselines.
    public let neighbours: NeighbourRouter?
    /// The classifier of which experts will be right; `nil` if the gate was written without baselines.
    public let classifier: CorrectnessClassifier?

    /// The best single expert among `pool` by training accuracy; equal accuracies go to the lower number.
    public func bestSingle(among pool: [Int]) -> Int? {
        pool.max { accuracies[$0] != accuracies[$1] ? accuracies[$0] < accuracies[$1] : $0 > $1 }
    }
}
