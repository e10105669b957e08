public import MoE2Core

/// A shard that ended, for the books, the metrics and the cost model.
public struct ShardRecord: Sendable {
    /// The query it belongs to.
    public var query: QueryID
    /// Who asked.
    public var client: ClientIdentity
    /// The category of the query.
    public var category: Category
    /// The shard.
    public var shard: ShardID
    /// Who executed it.
    public var expert: ExpertID
    /// Where.
    public var host: HostID
    /// What it was expected to cost.
    public var predicted: CostEstimate
    /// Time from submission to its end at the gate.
    public var elapsed: Duration
    /// Why it was started: `first`, `retry`, `continuation` or `hedge`.
    public var cause: Cause
    /// How it ended.
    public var result: ShardResult

    /// Why a shard was started.
    public enum Cause: String, Sendable, CaseIterable {
        /// The gate picked its expert.
        case first
        /// Another expert failed before its first token.
        case retry
        /// Another expert failed after its first token.
        case continuation
        /// Another expert was slow.
        case hedge
    }
}
