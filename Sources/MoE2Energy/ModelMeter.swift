public import MoE2Core

/// Power computed from two configured figures, for hosts without a sensor: `idle` while no shard runs, `active` while at
/// least one does. Model servers keep a processor busy with one shard, so more shards do not draw much more.
public struct ModelMeter: PowerMeter {
    private let idle: Power
    private let active: Power
    private var energy = Energy.zero
    private var last: Duration?

    /// A meter that says `idle` or `active`.
    /// - Throws: ``EnergyError`` when a figure is no power, or `active` is below `idle`.
    public init(idle: Power, active: Power) throws(EnergyError) {
        guard idle.isValidCost, active.isValidCost, active >= idle else {
            throw EnergyError(
                .configuration,
                """
                idle \(idle.watts) W and active \(active.watts) W are no model of a host: both must be at least 0 W, \
                and active at least idle
                """
            )
        }
        self.idle = idle
        self.active = active
    }

    public var name: String { "model" }
    public var provenance: Provenance { .modelled }
    public var isInstant: Bool { true }

    public mutating func read(now: Duration, isWorking: Bool) throws(EnergyError) -> PowerReading {
        let power = isWorking ? active : idle
        if let last, now > last { energy += power * (now - last) }
        last = max(now, last ?? now)
        return PowerReading(power: power, energy: energy)
    }
}
