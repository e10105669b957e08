import Glibc

/// Gives back memory that only the start needed.
///
/// Reading the configuration, the certificates and the Unicode tables touches most of the program's code once. The pages are
/// the file's own, unchanged, so the kernel may forget them: what is needed again comes back from the page cache. On a
/// host that runs for months, tens of megabytes count.
enum StartupPages {
    /// Lets the kernel forget the pages of this program's code.
    static func release() {
        for range in codeRanges(maps: text("/proc/self/maps"), program: program()) {
            guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
            // Only what is mapped from the file without the right to write: nothing can be lost.
            madvise(start, Int(range.upperBound - range.lowerBound), MADV_DONTNEED)
        }
    }

    /// The addresses of the code of `program` in `maps`, the text of `/proc/PID/maps`.
    static func codeRanges(maps: String, program: String) -> [Range<UInt>] {
        guard !program.isEmpty else { return [] }
        return maps.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }) == program else {
                return nil
            }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
        }
    }

    private static func program() -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
    }

    private static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
