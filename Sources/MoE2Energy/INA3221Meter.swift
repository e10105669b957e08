public import MoE2Core

/// The INA3221 power monitors of NVIDIA Jetson modules, through the Linux driver's files.
///
/// Each monitor has three channels with a voltage in mV and a current in mA (NVIDIA, Jetson Linux Developer Guide,
/// "Jetson Orin Series: Software-Based Power Consumption Modeling"). Channels are found by label, since the numbers of the
/// devices differ. There is no counter of energy: the power is sampled.
public struct INA3221Meter: PowerMeter {
    private static let driver = "/sys/bus/i2c/drivers/ina3221"
    /// The rail that feeds the whole module, where there is one (Orin NX and Nano).
    private static let moduleRail = "VDD_IN"
    /// Rails that other rails feed: adding them would count their power twice.
    private static let fedByOthers: Set<String> = ["VDDQ_VDD2_1V8AO"]

    private struct Channel: Hashable {
        var label: String
        var voltage: String
        var current: String
    }

    private let sysfs: Sysfs
    private let channels: [Channel]
    private let alarms: [String]
    private let zones: ThermalZones
    private let mode: JetsonPowerMode
    private var overcurrents: EventCounters

    /// The meter of this host.
    /// - Parameter root: The root of the file system; another one in tests.
    /// - Throws: ``EnergyError`` when there is no such monitor, or this user may not read it.
    public init(root: String = "/") throws(EnergyError) {
        let sysfs = Sysfs(root: root)
        let monitors = Self.monitors(sysfs)
        let found = monitors.flatMap { Self.channels(sysfs, $0) }
        let module = found.filter { $0.label == Self.moduleRail }
        channels = module.isEmpty ? found.filter { !Self.fedByOthers.contains($0.label) } : module
        guard !channels.isEmpty else {
            throw EnergyError(.absent, "there is no INA3221 power monitor under '\(Self.driver)': is this a Jetson?")
        }
        self.sysfs = sysfs
        alarms = monitors.flatMap { monitor in
            sysfs.names(monitor, prefix: "curr").filter { $0.hasSuffix("_max_alarm") || $0.hasSuffix("_crit_alarm") }
                .map { "\(monitor)/\($0)" }
        }
        zones = ThermalZones(sysfs)
        mode = JetsonPowerMode(sysfs)
        let hwmon = "/sys/class/hwmon"
        overcurrents = EventCounters(
            sysfs,
            paths: sysfs.names(hwmon).flatMap { device in
                sysfs.names("\(hwmon)/\(device)", prefix: "oc").filter { $0.hasSuffix("_event_cnt") }
                    .map { "\(hwmon)/\(device)/\($0)" }
            }
        )
        _ = try power()
    }

    public var name: String { "ina3221" }
    public var provenance: Provenance { .measured }

    /// The rails that are added up.
    public var rails: [String] { channels.map(\.label) }

    public mutating func read(now: Duration, isWorking: Bool) throws(EnergyError) -> PowerReading {
        let grew = overcurrents.grew()
        return PowerReading(
            power: try power(),
            temperatureCelsius: zones.hottest,
            isThrottled: grew || alarms.contains { (try? sysfs.number($0)) == 1 },
            powerMode: mode.name
        )
    }

    private func power() throws(EnergyError) -> Power {
        var watts = 0.0
        for channel in channels {
            watts += try sysfs.number(channel.voltage) * sysfs.number(channel.current) * 1e-6
        }
        let power = Power(watts: watts)
        guard power.isValidCost else {
            throw EnergyError(.failed, "the INA3221 monitors say \(watts) W, which no host draws")
        }
        return power
    }

    private static func monitors(_ sysfs: Sysfs) -> [String] {
        sysfs.names(driver).flatMap { device in
            sysfs.names("\(driver)/\(device)/hwmon", prefix: "hwmon").map { "\(driver)/\(device)/hwmon/\($0)" }
        }
    }

    private static func channels(_ sysfs: Sysfs, _ monitor: String) -> [Channel] {
        (1...3).compactMap { number in
            guard let label = try? sysfs.text("\(monitor)/in\(number)_label"), !label.isEmpty, label != "NC" else {
                return nil
            }
            return Channel(
                label: label,
                voltage: "\(monitor)/in\(number)_input",
                current: "\(monitor)/curr\(number)_input"
            )
        }
    }
}
