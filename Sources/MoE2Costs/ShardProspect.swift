public import MoE2Core

/// A shard that could be started: what the cost model is asked about.
public struct ShardProspect: Sendable {
    /// Who would execute it.
    public var expert: Expert
    /// The host with its last report: round trip, temperature, throttling, activation energy.
    public var host: HostStatus
    /// What the agent says of the expert; nil before its first report.
    public var capacity: ExpertCapacity?
    /// The category of its query.
    public var category: Category
    /// What it would be asked for.
    public var task: Shard.Task
    /// The estimated length of the prompt.
    public var promptTokens: Int
    /// The most tokens to write.
    public var maxTokens: Int
    /// Shards that have to end before this one gets a slot.
    public var shardsAhead: Int
    /// Whether the host works already, so that nothing has to wake it.
    public var hostIsAwake: Bool
    /// Whether a plan asks: it may count already on what one shard is trying out at the moment, so that it does not change back
    /// and forth.
    public var isForPlan: Bool

    /// A prospect with these figures.
    public init(
        expert: Expert,
        host: HostStatus,
        capacity: ExpertCapacity?,
        category: Category,
        task: Shard.Task = .generate,
        promptTokens: Int,
        maxTokens: Int,
        shardsAhead: Int = 0,
        hostIsAwake: Bool = false,
        isForPlan: Bool = false
    ) {
        self.expert = expert
        self.host = host
        self.capacity = capacity
        self.category = category
        self.task = task
        self.promptTokens = promptTokens
        self.maxTokens = maxTokens
        self.shardsAhead = shardsAhead
        self.hostIsAwake = hostIsAwake
        self.isForPlan = isForPlan
    }
}
