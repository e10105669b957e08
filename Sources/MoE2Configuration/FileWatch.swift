import Glibc

/// Notices when files were replaced or written to, by looking at them.
public struct FileWatch: Sendable {
    private struct Stamp: Equatable, Sendable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    private let paths: [String]
    private var stamps: [Stamp?]

    /// A watch on the files at `paths`, as they are now. A file need not be there.
    public init(_ paths: [String]) {
        self.paths = paths
        stamps = paths.map(Self.stamp)
    }

    /// Whether a file changed since this was asked last.
    public mutating func hasChanged() -> Bool {
        let new = paths.map(Self.stamp)
        defer { stamps = new }
        return new != stamps
    }

    private static func stamp(_ path: String) -> Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino),
            size: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
    }
}
