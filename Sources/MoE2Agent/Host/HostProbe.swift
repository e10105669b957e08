import Glibc
import MoE2Core

/// What the system says of this machine.
enum HostProbe {
    /// The machine's name with what no ``HostID`` may hold replaced.
    static func name() -> HostID {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let name = String(decoding: bytes, as: UTF8.self).prefix(HostID.maximumLength).map { character in
            HostID(rawValue: String(character)) == nil ? "-" : character
        }
        return HostID(rawValue: String(name)) ?? .random()
    }

    /// Processor cores.
    static func cores() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// A figure of `/proc/meminfo` such as `MemTotal`, in bytes; 0 when it is not there.
    static func memory(_ key: String) -> UInt64 {
        for line in text("/proc/meminfo").split(separator: "\n") where line.hasPrefix("\(key):") {
            let fields = line.split(separator: " ")
            if fields.count > 1, let kibibytes = UInt64(fields[1]) { return kibibytes * 1024 }
        }
        return 0
    }

    /// The one-minute load average.
    static func loadAverage() -> Double {
        var loads = [0.0, 0.0, 0.0]
        return getloadavg(&loads, 3) > 0 && loads[0].isFinite ? max(0, loads[0]) : 0
    }

    /// The hottest of the system's thermal zones in °C; nil when there is none.
    static func temperature() -> Double? {
        (0..<32).compactMap { zone -> Double? in
            let text = text("/sys/class/thermal/thermal_zone\(zone)/temp").prefix { $0 != "\n" }
            guard let millidegrees = Double(text) else { return nil }
            let degrees = millidegrees / 1000
            return (-40...150).contains(degrees) ? degrees : nil
        }.max()
    }

    private static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
    }
}
