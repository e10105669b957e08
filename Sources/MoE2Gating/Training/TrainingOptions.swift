/// Settings of a training run.
public struct TrainingOptions: Sendable {
    /// Seed of the sampled teams.
    public var seed: UInt64 = 1
    /// Whether to store what evaluations need for the trained baselines (kNN, classifier): about 4 MB for 5,000 prompts.
    public var storesBaselines = true

    /// The defaults.
    public init() {}
}
