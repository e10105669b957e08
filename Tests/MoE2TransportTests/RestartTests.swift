import Foundation
import Logging
import MoE2Core
import MoE2Wire
import Testing

@testable import MoE2Transport

/// A caller and a gate in a process of its own that dies and comes back.
@Suite(.timeLimit(.minutes(2))) struct RestartTests {
    private let directory: String
    private let program: URL

    init() throws {
        program = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: ".build/debug/moe2-gate")
        directory = FileManager.default.temporaryDirectory.appending(path: "moe2-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    private func start(port: Int) throws -> Process {
        let configuration = "\(directory)/gate.yaml"
        try "listen: {address: 127.0.0.1, port: \(port)}\ninsecure: true\n".write(
            toFile: configuration,
            atomically: true,
            encoding: .utf8
        )
        let gate = Process()
        gate.executableURL = program
        gate.arguments = ["--config", configuration]
        gate.standardError = FileHandle.nullDevice
        gate.standardOutput = FileHandle.nullDevice
        try gate.run()
        return gate
    }

    private func reaches(_ caller: NNGCaller) async throws {
        let deadline = ContinuousClock.now + .seconds(40)
        while true {
            do {
                _ = try await caller.call(FleetMethods.snapshot, FleetRequest(), timeout: .seconds(5))
                return
            } catch {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// The caller is there before the gate, and outlives it twice, once killed without a word.
    @Test func aCallerReachesAGateThatWasRestarted() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let port = try #require(FreePort.find())
        let caller = try NNGCaller(addresses: ["tcp://127.0.0.1:\(port)"], logger: TLSFleet.logger)
        for signal in [SIGKILL, SIGTERM] {
            let gate = try start(port: port)
            defer { kill(gate.processIdentifier, SIGKILL) }
            try await reaches(caller)
            kill(gate.processIdentifier, signal)
            gate.waitUntilExit()
            await #expect(throws: StatusError.self) {
                try await caller.call(FleetMethods.snapshot, FleetRequest(), timeout: .seconds(1))
            }
        }
        await caller.close()
    }
}
