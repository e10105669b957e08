import MoE2Core

/// What is known of a query while it is being answered.
struct QueryProgress: Sendable {
    let query: Query
    let client: ClientIdentity
    let category: Category
    /// When the query came in, on the gate's monotonic clock.
    let admitted: Duration
    /// When the answer must be complete.
    let deadline: Duration
    /// Whether the deadline is a limit of the query or its category, rather than only the gate's last resort.
    let hasLatencyLimit: Bool
    /// The most it may cost in all.
    let energyLimit: Energy?

    /// Experts that failed this query, and why.
    var failed: [ExpertID: StatusError] = [:]
    /// What was spent so far, failed shards included.
    var usage = Usage()
    var firstToken: Duration?
    /// When the first shard was handed to an agent's queue.
    var retries = 0
    /// Why the answer is less than was planned.
    var degraded: String?

    /// The energy that is left; nil when not limited.
    var energyLeft: Energy? { energyLimit.map { max(.zero, $0 - usage.energy) } }

    /// Adds what a shard took.
    mutating func spend(_ shard: Usage) {
        usage.promptTokens += shard.promptTokens
        usage.completionTokens += shard.completionTokens
        usage.prefill += shard.prefill
        usage.decode += shard.decode
        if usage.energySource == .unknown || shard.energySource.isWeaker(than: usage.energySource) {
            usage.energySource = shard.energySource
        }
        usage.energy += shard.energy
    }
}
