public import MoE2Core

/// A shard that ended, as the books keep it.
public struct BookedShard: Hashable, Sendable {
    /// When it ended, in Unix seconds.
    public var ended: Double
    public var id: ShardID
    public var query: QueryID
    public var client: String
    public var category: Category
    public var expert: ExpertID
    public var host: HostID
    /// Why it was started: `first`, `retry`, `continuation` or `hedge`.
    public var cause: String
    /// How it ended; nil when well.
    public var error: StatusError?
    /// Time from submission at the gate to its end there.
    public var elapsed: Duration
    public var usage: Usage
    /// What it was expected to cost.
    public var predicted: CostEstimate

    /// A shard with these figures.
    public init(
        ended: Double,
        id: ShardID,
        query: QueryID,
        client: String,
        category: Category,
        expert: ExpertID,
        host: HostID,
        cause: String,
        error: StatusError? = nil,
        elapsed: Duration,
        usage: Usage,
        predicted: CostEstimate
    ) {
        self.ended = ended
        self.id = id
        self.query = query
        self.client = client
        self.category = category
        self.expert = expert
        self.host = host
        self.cause = cause
        self.error = error
        self.elapsed = elapsed
        self.usage = usage
        self.predicted = predicted
    }
}
