import Foundation

/// A tree of sensor files written out from a fixture; removed with the value. Its files can be changed like a sensor's.
final class SysfsTree {
    let root: String

    /// The tree in `Fixtures/NAME.sysfs`: lines of `path = text`, in which `|` stands for a line break. No name: an empty one.
    init(_ name: String? = nil) throws {
        root = NSTemporaryDirectory() + "moe2-sysfs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        guard let name else { return }
        let fixture = try String(contentsOfFile: Self.fixture("\(name).sysfs"), encoding: .utf8)
        for line in fixture.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " = ", maxSplits: 1)
            try write(String(parts[0]), parts[1].replacingOccurrences(of: "|", with: "\n"))
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    static func fixture(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)").path
    }

    func write(_ path: String, _ text: String) throws {
        let file = URL(fileURLWithPath: root + path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data((text + "\n").utf8).write(to: file)
    }

    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: root + path) }
}
