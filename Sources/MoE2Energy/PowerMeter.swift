public import MoE2Core

/// Something that tells what this host draws: a sensor, or a model where there is none.
///
/// A meter belongs to one ``EnergyMonitor``, which is the only one to read it; it may keep state between readings.
public protocol PowerMeter: Sendable {
    /// Its name as in ``MoE2Core/Host/powerMeter``: `ina3221`, `nvml`, `rapl` or `model`.
    var name: String { get }

    /// Where its figures come from.
    var provenance: Provenance { get }

    /// Whether a reading takes no time: it neither waits nor asks a sensor.
    var isInstant: Bool { get }

    /// What the host draws.
    /// - Parameters:
    ///   - now: Time on a clock that never runs back.
    ///   - isWorking: Whether shards ran since the last reading. The monitor reads at every start and end of a shard, so
    ///     it is one or the other for the whole time between two readings.
    /// - Throws: ``EnergyError`` when the meter gives no figure; the next reading may succeed.
    mutating func read(now: Duration, isWorking: Bool) throws(EnergyError) -> PowerReading
}

extension PowerMeter {
    public var isInstant: Bool { false }
}
