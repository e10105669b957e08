public import MoE2Core

/// What the books take in.
public enum BookEntry: Hashable, Sendable {
    /// A query was answered, refused or failed.
    case query(BookedQuery)
    /// A shard ended.
    case shard(BookedShard)
    /// A plan was put in force at the given Unix time.
    case plan(Plan, made: Double)
}
