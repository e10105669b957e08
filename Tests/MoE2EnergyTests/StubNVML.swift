import Foundation

/// NVIDIA's library as built from `Fixtures/nvml.c`: a real shared library that the meter opens like the real one.
final class StubNVML {
    struct BuildFailure: Error { var output: String }

    let library: String
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "moe2-nvml-\(UUID().uuidString)"
        library = folder + "/libnvidia-ml.so.1"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = [
            "sh", "-c", "for c in cc clang gcc; do command -v $c >/dev/null && exec $c \"$@\"; done; exit 127", "sh",
            "-shared", "-fPIC", "-DSTATE=\"\(folder)/state\"", "-o", library, SysfsTree.fixture("nvml.c"),
        ]
        let output = Pipe()
        compiler.standardError = output
        try compiler.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else {
            throw BuildFailure(output: String(decoding: text, as: UTF8.self))
        }
        try say()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// What the library's devices say from now on.
    func say(
        start: Int = 0,
        count: Int = 2,
        millijoules: Int = 1_000,
        milliwatts: Int = 200_000,
        reasons: Int = 0,
        celsius: Int = 60
    ) throws {
        let state = [start, count, millijoules, milliwatts, reasons, celsius].map(String.init).joined(separator: " ")
        // In one step: the library may read at any time.
        try Data(state.utf8).write(to: URL(fileURLWithPath: folder + "/state"), options: .atomic)
    }
}
