import Foundation
import MoE2Core
import MoE2Testing
import Testing

/// The program `moe2-agent` as a process.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ProgramTests {
    private let program = "\(LlamaFiles.root)/.build/debug/moe2-agent"
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("moe2-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func launch(_ configuration: String, _ arguments: [String] = []) throws -> (Process, Pipe, String) {
        let file = folder.appendingPathComponent("agent-\(UUID().uuidString).yaml")
        try Data(configuration.utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--config", file.path] + arguments
        let output = Pipe()
        process.standardError = output
        process.standardOutput = output
        try process.run()
        return (process, output, file.path)
    }

    private func failure(_ configuration: String, _ arguments: [String] = []) throws -> (String, Int32) {
        let (process, output, file) = try launch(configuration, arguments)
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
        return (text.replacingOccurrences(of: file, with: "FILE"), process.terminationStatus)
    }

    private func configuration(port: Int = 9, model: String? = nil) throws -> String {
        let command = LlamaFiles.command.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            gate: {addresses: ["tcp://127.0.0.1:\(port)"]}
            insecure: true
            power: {idle: 5W, active: 20W}
            experts: [{id: one, model: "\(try model ?? LlamaFiles.smallest())", threads: 1, command: [\(command)]}]
            log: {level: debug}
            """
    }

    @Test func mistakesEndTheProgramWithOneLine() throws {
        let cases = [
            ("gate: [", "Error: FILE: line "),
            ("insecure: true\nexpertz: []", "unknown key 'expertz' at line 2: did you mean 'experts'?"),
            (
                "insecure: true\nexperts: [{id: a, model: /no.gguf}]",
                "Error: FILE: expert 'a': cannot read the model file '/no.gguf'"
            ),
            (
                "insecure: true\ngate: {addresses: ['http://h']}\nexperts: [{id: a, backend: openai, url: 'http://h'}]",
                "'http://h' is no gate address: it must begin with tcp:// or tls://"
            ),
        ]
        for (configuration, expected) in cases {
            for arguments in [[], ["--check-config"]] {
                let (text, status) = try failure(configuration, arguments)
                let lines = text.split(separator: "\n").filter { !$0.contains("insecure: true: no TLS") }
                #expect(lines.count == 1 && lines[0].contains(expected), "\(text)")
                #expect(status == 1)
            }
        }
        let fine = try failure(try configuration(), ["--check-config"])
        #expect(fine == ("FILE: fine", 0))
    }

    /// The first process whose command line holds `text` and whose parent is `parent`.
    private func child(of parent: Int32) -> Int32? {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap(Int32.init).first { pid in
            guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
            let fields = status.split(separator: ")").last?.split(separator: " ") ?? []
            return fields.count > 1 && fields[0] != "Z" && Int32(fields[1]) == parent
        }
    }

    private func isAlive(_ pid: Int32) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return !status.contains(") Z ")
    }

    @Test(arguments: [SIGKILL, SIGTERM, SIGINT]) func noModelServerOutlivesTheAgent(signal: Int32) async throws {
        let (process, output, _) = try launch(try configuration())
        output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
        defer { output.fileHandleForReading.readabilityHandler = nil }
        try await eventually("the model server runs") { child(of: process.processIdentifier) != nil }
        let server = try #require(child(of: process.processIdentifier))
        kill(process.processIdentifier, signal)
        try await eventually("the agent has ended") { !process.isRunning }
        try await eventually("the server has ended") { !isAlive(server) }
        if signal != SIGKILL { #expect(process.terminationStatus == 0) }
    }

    @Test func aGateThatIsNotThereIsOneClearLine() async throws {
        let (process, output, _) = try launch(try configuration(port: 9))
        let text = Collector()
        output.fileHandleForReading.readabilityHandler = { text.add($0.availableData) }
        defer { output.fileHandleForReading.readabilityHandler = nil }
        try await eventually("it is said") {
            text.value.contains(
                "cannot reach the gate at tcp://127.0.0.1:9: connection refused; is moe2-gate running there"
            )
        }
        kill(process.processIdentifier, SIGTERM)
        try await eventually("the agent has ended") { !process.isRunning }
        #expect(process.terminationStatus == 0)
    }
}

/// Text that arrives in pieces.
final class Collector: @unchecked Sendable {
    private let lock = NSLock()
    private var data = Data()

    func add(_ piece: Data) { lock.withLock { data += piece } }
    var value: String { lock.withLock { String(decoding: data, as: UTF8.self) } }
}
