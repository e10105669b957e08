public import MoE2Core

/// Hears what the gate does: the books, the metrics and the dashboard. Calls must return at once.
public protocol GateObserver: Sendable {
    /// A query was admitted.
    func queryStarted(_ query: Query, client: ClientIdentity, category: Category)
    /// The team of a query was picked.
    func queryDecided(_ query: QueryID, client: ClientIdentity, decision: TeamDecision)
    /// A shard ended.
    func shardFinished(_ record: ShardRecord)
    /// A query was answered, refused or failed.
    func queryFinished(_ record: QueryRecord)
    /// A plan replaced another.
    func planChanged(_ plan: Plan)
}
