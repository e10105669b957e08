import MoE2Core
public import MoE2Gate

/// What the doors show of the gate: to be given to the gate as an observer before it starts, and to the doors.
public struct GateWatch: Sendable {
    let metrics = GateMetrics()
    let feed = LiveFeed()

    /// A watch that has seen nothing yet.
    public init() {}

    /// Hears what the gate does.
    public var observers: [any GateObserver] { [metrics, feed] }
}
