import MoE2Core

/// A shard on its way: what the query that submitted it reads from and withdraws.
struct ShardRun: Sendable {
    let shard: Shard
    let submitted: Duration
    let mailbox: ShardMailbox
}
