public import MoE2Core

/// A query that ended, for the books and the metrics.
public struct QueryRecord: Sendable {
    /// The query.
    public var query: Query
    /// Who asked.
    public var client: ClientIdentity
    /// Its category.
    public var category: Category
    /// The answer; nil when there is none.
    public var answer: Answer?
    /// Why there is no answer; nil when there is one.
    public var error: StatusError?
    /// Time from admission to the end.
    public var elapsed: Duration
    /// The energy limit it ran under; nil when none.
    public var energyLimit: Energy?
    /// The latency limit it ran under.
    public var latencyLimit: Duration?
    /// What was spent even if there is no answer.
    public var usage: Usage
}
