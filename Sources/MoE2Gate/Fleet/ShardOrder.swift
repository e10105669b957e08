import MoE2Core

/// A shard that wants an expert, with what decides its place in the expert's queue.
struct ShardOrder: Equatable, Sendable {
    /// The shard; its `timeLeft` counts from `submitted`.
    var shard: Shard
    /// Whose query it belongs to: the queue is fair between clients.
    var client: String
    /// Shards of higher priority go first.
    var priority: Int32
    /// When it was submitted, on the gate's monotonic clock.
    var submitted: Duration

    /// When it is of no more use to anybody.
    var deadline: Duration { submitted + shard.timeLeft }
}
