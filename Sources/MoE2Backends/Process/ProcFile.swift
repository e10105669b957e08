import Glibc

/// Small files of `/proc`.
enum ProcFile {
    /// Memory that process `pid` has in RAM, in bytes; 0 when it has ended.
    static func residentBytes(_ pid: Int32) -> UInt64 {
        let fields = read("/proc/\(pid)/statm").split(separator: " ")
        guard fields.count > 1, let pages = UInt64(fields[1]) else { return 0 }
        return pages * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
    }

    /// The text of the file at `path`, at most 64 KiB; empty when there is none.
    static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
    }
}
