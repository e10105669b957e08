public import MoE2Core

/// The energy counters of x86 processors (RAPL), through Linux' powercap files.
///
/// Counters are in µJ and start again at `max_energy_range_uj` (Linux, Documentation/power/powercap). Zones inside a zone
/// are parts of it. Where there is a zone for the whole platform (`psys`), it is the only one counted.
public struct RAPLMeter: PowerMeter {
    private static let directory = "/sys/class/powercap"

    private struct Zone: Hashable {
        var name: String
        var counter: String
        /// Where the counter starts again, in µJ.
        var range: Double
        /// The last reading in µJ.
        var last: Double
    }

    private let sysfs: Sysfs
    private let temperatures: ThermalZones
    private var zones: [Zone]
    private var throttles: EventCounters
    private var energy = Energy.zero

    /// The meter of this host.
    /// - Parameter root: The root of the file system; another one in tests.
    /// - Throws: ``EnergyError`` when there are no such counters, or this user may not read them: since Linux 5.10 only
    ///   root may.
    public init(root: String = "/") throws(EnergyError) {
        let sysfs = Sysfs(root: root)
        var found: [Zone] = []
        // `intel-rapl:0` is a zone, `intel-rapl:0:1` one inside it. AMD's processors use the same names.
        for device in sysfs.names(Self.directory, prefix: "intel-rapl:") where device.count(where: { $0 == ":" }) == 1 {
            let path = "\(Self.directory)/\(device)"
            found.append(
                Zone(
                    name: try sysfs.text("\(path)/name"),
                    counter: "\(path)/energy_uj",
                    range: try sysfs.number("\(path)/max_energy_range_uj"),
                    last: try sysfs.number("\(path)/energy_uj")
                )
            )
        }
        guard !found.isEmpty else {
            throw EnergyError(.absent, "there are no RAPL energy counters under '\(Self.directory)'")
        }
        let platform = found.filter { $0.name == "psys" }
        zones = platform.isEmpty ? found : platform
        self.sysfs = sysfs
        temperatures = ThermalZones(sysfs)
        let processors = "/sys/devices/system/cpu"
        throttles = EventCounters(
            sysfs,
            paths: sysfs.names(processors, prefix: "cpu").map {
                "\(processors)/\($0)/thermal_throttle/package_throttle_count"
            }.filter { (try? sysfs.number($0)) != nil }
        )
    }

    public var name: String { "rapl" }
    public var provenance: Provenance { .measured }

    /// The zones that are added up.
    public var zoneNames: [String] { zones.map(\.name) }

    public mutating func read(now: Duration, isWorking: Bool) throws(EnergyError) -> PowerReading {
        var readings: [Double] = []
        for zone in zones { readings.append(try sysfs.number(zone.counter)) }
        for index in zones.indices {
            let zone = zones[index]
            // One turn at most: at 1 kW the usual range of 262 kJ lasts over four minutes, and readings are a second apart.
            let grown = readings[index] - zone.last + (readings[index] < zone.last ? zone.range : 0)
            energy += .joules(max(0, grown) * 1e-6)
            zones[index].last = readings[index]
        }
        return PowerReading(
            energy: energy,
            temperatureCelsius: temperatures.hottest,
            isThrottled: throttles.grew(),
            powerMode: (try? sysfs.text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")) ?? ""
        )
    }
}
