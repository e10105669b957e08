import MoE2Core

/// The time for batches, which outlive a run of the gate.
struct BatchClock: Sendable {
    /// The gate's monotonic clock.
    var now: @Sendable () -> Duration
    /// Unix seconds.
    var wall: @Sendable () -> Double
    /// When, on `now`, the fleet may be taken to have joined a gate that has just started.
    var fleetGathered: Duration
}
