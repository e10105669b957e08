public import MoE2Core

/// What one shard took, for the cost model to learn from.
public struct ShardObservation: Sendable {
    /// Who executed it.
    public var expert: ExpertID
    /// The category of its query.
    public var category: Category
    /// What was expected when it was started.
    public var predicted: CostEstimate
    /// Time from submission at the gate to its end there.
    public var elapsed: Duration
    /// What the agent measured.
    public var usage: Usage

    /// An observation with these figures.
    public init(
        expert: ExpertID,
        category: Category,
        predicted: CostEstimate,
        elapsed: Duration,
        usage: Usage
    ) {
        self.expert = expert
        self.category = category
        self.predicted = predicted
        self.elapsed = elapsed
        self.usage = usage
    }
}
