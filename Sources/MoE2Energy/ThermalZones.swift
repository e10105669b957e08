/// The temperatures that Linux shows in `/sys/class/thermal`, in thousandths of a degree.
struct ThermalZones: Hashable, Sendable {
    private static let directory = "/sys/class/thermal"
    /// What a sensor on a running machine may say, in °C; others are not connected.
    private static let plausible = -40.0...150.0

    private let sysfs: Sysfs
    private let paths: [String]

    /// The zones of this host.
    init(_ sysfs: Sysfs) {
        self.sysfs = sysfs
        paths = sysfs.names(Self.directory, prefix: "thermal_zone").map { "\(Self.directory)/\($0)/temp" }
    }

    /// The hottest zone in °C; nil when none says anything that can be. Zones of sleeping devices give no figure.
    var hottest: Double? {
        paths.compactMap { try? sysfs.number($0) / 1_000 }.filter(Self.plausible.contains).max()
    }
}
