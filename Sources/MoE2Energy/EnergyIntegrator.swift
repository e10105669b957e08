import MoE2Core

/// Turns readings into energies: by the difference of the counter where there is one, else by the trapezoid rule over
/// the power.
public struct EnergyIntegrator: Hashable, Sendable {
    private var last: Sample?

    private struct Sample: Hashable {
        var reading: PowerReading
        var time: Duration
    }

    /// An integrator that has seen nothing.
    public init() {}

    /// The interval that `reading` at `now` closes; nil for the first one, and when the clock ran back.
    public mutating func add(_ reading: PowerReading, now: Duration) -> EnergyInterval? {
        guard let last else {
            last = Sample(reading: reading, time: now)
            return nil
        }
        guard now >= last.time else { return nil }
        self.last = Sample(reading: reading, time: now)
        let duration = now - last.time
        return EnergyInterval(duration: duration, energy: Self.energy(last.reading, reading, duration))
    }

    private static func energy(_ first: PowerReading, _ second: PowerReading, _ duration: Duration) -> Energy {
        // A counter that runs back was started again, by a driver for example: it tells nothing about this interval.
        if let from = first.energy, let to = second.energy, to >= from, (to - from).isValidCost { return to - from }
        let powers = [first.power, second.power].compactMap(\.self).filter(\.isValidCost)
        guard !powers.isEmpty else { return .zero }
        return Power(watts: powers.reduce(0) { $0 + $1.watts } / Double(powers.count)) * duration
    }
}
