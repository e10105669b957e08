import FoundationEssentials
import Glibc

/// Reads the small text files in which Linux shows its sensors. `root` is `/`, or a recorded tree in a test.
struct Sysfs: Hashable, Sendable {
    /// More than any sensor says.
    private static let maximumBytes = 4_096
    /// More entries than any directory of sensors has.
    private static let maximumEntries = 1_024

    let root: String

    /// A reader of the tree under `root`.
    init(root: String = "/") {
        self.root = root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    /// The text of the file at `path`, without the white space around it.
    /// - Throws: ``EnergyError``: `absent`, `forbidden`, or `failed`, as when a sensor sleeps.
    func text(_ path: String) throws(EnergyError) -> String {
        let file = open(root + path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure(path, errno) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.maximumBytes)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw Self.failure(path, errno) }
        var text = bytes.prefix(count).drop(while: Self.isSpace)
        while let last = text.last, Self.isSpace(last) { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// The number in the file at `path`.
    /// - Throws: ``EnergyError`` as ``text(_:)`` does, or `failed` when it holds no number.
    func number(_ path: String) throws(EnergyError) -> Double {
        let text = try text(path)
        guard let number = Double(text), number.isFinite else {
            throw EnergyError(.failed, "'\(path)' holds '\(text.prefix(40))', which is no number")
        }
        return number
    }

    /// The names in the directory at `path` that start with `prefix`, sorted; none when it cannot be read.
    func names(_ path: String, prefix: String = "") -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root + path)) ?? []
        return Array(names.filter { $0.hasPrefix(prefix) }.sorted().prefix(Self.maximumEntries))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 }

    private static func failure(_ path: String, _ number: Int32) -> EnergyError {
        switch number {
        case ENOENT, ENODEV, ENOTDIR, ENXIO:
            EnergyError(.absent, "'\(path)' is not there")
        case EACCES, EPERM:
            EnergyError(
                .forbidden,
                "this user may not read '\(path)': run the agent as root, or give it the capability CAP_DAC_READ_SEARCH"
            )
        default:
            EnergyError(.failed, "'\(path)' cannot be read: \(String(cString: strerror(number)))")
        }
    }
}
