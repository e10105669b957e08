public import MoE2Core

/// What the host draws while no shard runs: configured, or learned from the times when none did.
public struct IdleBaseline: Hashable, Sendable {
    /// How fast old observations fade.
    static let timeConstant = Duration.seconds(60)

    private let configured: Power?
    private var learned: Power?

    /// A baseline of `configured`, or one to be learned.
    public init(configured: Power? = nil) {
        self.configured = configured
    }

    /// The idle power; zero as long as nothing is known.
    public var power: Power { configured ?? learned ?? .zero }

    /// Whether the figure was configured, learned, or is not known yet.
    public var provenance: Provenance {
        configured != nil ? .configured : learned != nil ? .measured : .unknown
    }

    /// Learns from an interval in which no shard ran.
    public mutating func observe(_ interval: EnergyInterval) {
        guard let power = interval.power, power.isValidCost else { return }
        guard let known = learned else {
            learned = power
            return
        }
        let share = interval.duration.seconds / (interval.duration + Self.timeConstant).seconds
        learned = Power(watts: known.watts + (power.watts - known.watts) * share)
    }
}
