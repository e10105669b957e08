/// The power mode of a Jetson, such as `MAXN` or `MODE_30W`: the number that nvpmodel keeps, named by its configuration.
struct JetsonPowerMode: Hashable, Sendable {
    private static let status = "/var/lib/nvpmodel/status"
    private static let configuration = "/etc/nvpmodel.conf"

    private let sysfs: Sysfs
    private let names: [Int: String]

    /// The mode of this host.
    init(_ sysfs: Sysfs) {
        self.sysfs = sysfs
        names = Self.names((try? Self.read(sysfs)) ?? "")
    }

    /// The name of the mode at present; empty when unknown.
    var name: String {
        guard let text = try? sysfs.text(Self.status),
            let number = text.split(whereSeparator: { !("0"..."9").contains($0) }).first.flatMap({ Int($0) })
        else { return "" }
        return names[number] ?? "mode \(number)"
    }

    private static func read(_ sysfs: Sysfs) throws(EnergyError) -> String { try sysfs.text(configuration) }

    /// The modes in lines such as `< POWER_MODEL ID=0 NAME=MAXN >`.
    private static func names(_ configuration: String) -> [Int: String] {
        var names: [Int: String] = [:]
        for line in configuration.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.contains("POWER_MODEL"),
                let id = words.first(where: { $0.hasPrefix("ID=") }).flatMap({ Int($0.dropFirst(3)) }),
                let name = words.first(where: { $0.hasPrefix("NAME=") })
            else { continue }
            names[id] = String(name.dropFirst(5))
        }
        return names
    }
}
