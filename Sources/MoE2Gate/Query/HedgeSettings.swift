import MoE2Core

/// When a slow shard is started a second time on another expert (as in gRPC's hedging: after a delay, throttled).
struct HedgeSettings: Sendable {
    /// No token after this many times the predicted p90 latency makes a shard slow.
    var factor = 2.0
    /// No shard is slow before this.
    var minimumDelay = Duration.milliseconds(500)
    /// Hedges per query, on average over time.
    var ratio = 0.1

    /// How long a shard that was expected to take `predicted` may be silent before it counts as slow.
    func delay(_ predicted: CostEstimate) -> Duration { max(minimumDelay, predicted.latencyP90 * factor) }
}
