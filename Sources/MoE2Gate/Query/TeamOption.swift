import MoE2Core

/// One expert as a possible member of a team.
struct TeamOption: Sendable {
    var expert: ExpertID
    var host: HostID
    /// The gate's score; larger is better.
    var score: Double
    /// What its shard would cost now, waiting for a slot included.
    var cost: CostEstimate
    /// Why it cannot be used at all (not in the active set, breaker open, …); nil when it can.
    var obstacle: String?
    /// Whether the only obstacle is that all its slots are busy and the query must not wait.
    var isOnlyBusy = false
}
