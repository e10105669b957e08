public import MoE2Core

/// What the host used between two readings, idle power included.
public struct EnergyInterval: Hashable, Sendable {
    /// The time between the readings; never negative.
    public var duration: Duration
    /// The energy; never negative.
    public var energy: Energy

    /// An interval of `duration` that took `energy`.
    public init(duration: Duration, energy: Energy) {
        self.duration = duration
        self.energy = energy
    }

    /// The mean power; nil for an interval without length.
    public var power: Power? {
        duration > .zero ? Power(watts: energy.joules / duration.seconds) : nil
    }
}
