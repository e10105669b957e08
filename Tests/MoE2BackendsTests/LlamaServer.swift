import Foundation
import Logging
import MoE2Backends
import MoE2Core
import MoE2Testing

/// The real llama.cpp server and the demo experts of this repository.
enum LlamaServer {
    /// The root of the repository.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The command that starts it: what `make experts` installed.
    static let command = ["\(root)/.venv/bin/python3", "\(root)/Experts/serve_llama.py"]

    /// The demo experts' files, smallest first.
    static func models() throws -> [String] {
        let folder = "\(root)/Experts"
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".gguf") }
            .map { "\(folder)/\($0)" }
            .sorted { (size($0), $0) < (size($1), $1) }
    }

    /// The smallest demo expert.
    static func model() throws -> String {
        guard let first = try models().first else {
            throw StatusError(.notFound, "there is no GGUF file in Experts")
        }
        return first
    }

    static func settings(_ change: (inout LlamaSettings) -> Void = { _ in }) throws -> LlamaSettings {
        guard let id = ExpertID(rawValue: "expert") else { throw StatusError(.internal, "no name") }
        var settings = LlamaSettings(
            expert: id,
            model: try model(),
            command: command,
            slots: 2,
            threads: 1,
            startLimit: .seconds(60)
        )
        change(&settings)
        return settings
    }

    static let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private static func size(_ path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
}

/// Runs `backend` while `body` runs, once it is ready.
func withBackend<Value: Sendable>(
    _ backend: some Backend,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await backend.run() }
        do {
            try await eventually("the backend is ready: \(backend.status)") { backend.status.state == .ready }
            let value = try await body()
            group.cancelAll()
            try await group.waitForAll()
            return value
        } catch {
            group.cancelAll()
            throw error
        }
    }
}
