public import MoE2Core

/// What one shard took, for the cost model to learn from.
public struct ShardObservation: Sendable {
    /// Who executed it.
    public var expert: ExpertID
    /// The category of its query.
    public var category: Category
    /// What it was asked for: scoring costs other than writing.
    public var task: Shard.Task
    /// The length of the prompt as it was estimated before the model server counted.
    public var promptTokens: Int
    /// What was expected when it was started.
    public var predicted: CostEstimate
    /// Time from submission at the gate to its end there.
    public var elapsed: Duration
    /// What the agent measured.
    public var usage: Usage
    /// The power mode that its host was in; empty when unknown.
    public var powerMode: String
    /// Whether it was stopped at its deadline: it would have taken longer than `elapsed`, and its usage is that of a part.
    public var isCutOff: Bool

    /// An observation with these figures.
    public init(
        expert: ExpertID,
        category: Category,
        task: Shard.Task,
        promptTokens: Int,
        predicted: CostEstimate,
        elapsed: Duration,
        usage: Usage,
        powerMode: String = "",
        isCutOff: Bool = false
    ) {
        self.expert = expert
        self.category = category
        self.task = task
        self.promptTokens = promptTokens
        self.predicted = predicted
        self.elapsed = elapsed
        self.usage = usage
        self.powerMode = powerMode
        self.isCutOff = isCutOff
    }
}
