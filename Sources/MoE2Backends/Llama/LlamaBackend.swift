import FoundationEssentials
public import Logging
public import MoE2Core
import Synchronization

/// A llama.cpp server that the agent starts, watches, restarts and stops.
public final class LlamaBackend: Backend {
    /// How long the server may take to end when asked to.
    static let stopGrace = Duration.seconds(5)
    /// How often a server that is ready is asked whether it still is.
    static let checkInterval = Duration.seconds(5)
    /// Unanswered questions after which a server counts as hung.
    static let toleratedSilences = 3
    /// A server that was ready for this long had a good start: the next restart comes soon.
    static let goodRun = Duration.seconds(30)

    private let settings: LlamaSettings
    private let logger: Logger
    private let environment: [String: String]
    private let board: StatusBoard
    private let tail = LogTail()
    private let server = Mutex<ModelServer?>(nil)
    private let child = Mutex<ServerProcess?>(nil)

    /// A backend for `settings`; nothing is started before ``run()``.
    public init(_ settings: LlamaSettings, logger: Logger) {
        self.settings = settings
        var logger = logger
        logger[metadataKey: "expert"] = "\(settings.expert)"
        self.logger = logger
        environment = ProcessInfo.processInfo.environment
        var facts = ModelFacts()
        if let header = try? GGUFHeader(path: settings.model) { facts = Self.facts(header, settings) }
        board = StatusBoard(BackendStatus(state: .starting, facts: facts))
    }

    public var status: BackendStatus { board.current }
    public var statusChanges: AsyncStream<Void> { board.changes }

    /// The process id of the server while there is one, for logs and tests.
    public var serverProcess: Int32? { child.withLock { $0?.identifier } }

    /// Checks what can be checked without starting anything: the model file, the program, the port.
    /// - Throws: `failedPrecondition` that names what is wrong.
    public static func check(_ settings: LlamaSettings) throws(StatusError) {
        let searchPath = ProcessInfo.processInfo.environment["PATH"] ?? ""
        _ = try LlamaCommand(
            settings,
            header: try GGUFHeader(path: settings.model),
            port: settings.port ?? 1,
            searchPath: searchPath
        )
    }

    public func run() async {
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(60))
        while !Task.isCancelled {
            let started = ContinuousClock.now
            do {
                try await serve()
            } catch let error as StatusError {
                if .now - started > Self.goodRun { backoff.succeeded() }
                let pause = backoff.failed()
                board.update { status in
                    status.state = .failed
                    status.detail = error.message
                }
                logger.error(
                    "the model server is down",
                    metadata: ["why": "\(error.message)", "next start in ms": "\(Int(pause.milliseconds))"]
                )
                try? await Task.sleep(for: pause)
            } catch {
                break
            }
        }
        board.update { status in
            status.state = .stopped
            status.detail = "the agent is shutting down"
        }
    }

    public func execute(
        _ shard: Shard,
        emit: @escaping @Sendable (BackendOutput) async throws -> Void
    ) async throws -> BackendResult {
        guard let server = server.withLock({ $0 }) else {
            let status = status
            throw StatusError(
                .unavailable,
                "the model server of '\(settings.expert)' is \(status.state)"
                    + (status.detail.isEmpty ? "" : ": \(status.detail)")
            )
        }
        return try await server.execute(shard, emit: emit)
    }

    /// Starts the server and watches it until it ends.
    /// - Throws: ``StatusError`` that says why it ended; `CancellationError` after it was stopped on purpose.
    private func serve() async throws {
        let header = try GGUFHeader(path: settings.model)
        let port = try choosePort()
        let command = try LlamaCommand(settings, header: header, port: port, searchPath: environment["PATH"] ?? "")
        board.update { status in
            status.state = .starting
            status.detail = ""
            status.facts = Self.facts(header, settings)
        }
        tail.clear()
        logger.info("starting the model server", metadata: ["command": "\(command.program)", "port": "\(port)"])
        let (tail, logger) = (tail, logger)
        let process = try await ServerProcess.start(
            program: command.program,
            arguments: command.arguments,
            environment: environment
        ) { line in
            tail.add(line)
            logger.debug("\(line)")
        }
        child.withLock { $0 = process }
        do {
            try await watch(process, ModelServerDoor(base: "http://127.0.0.1:\(port)", apiKey: nil))
        } catch {
            server.withLock { $0 = nil }
            let ending = await process.stop(grace: Self.stopGrace)
            child.withLock { $0 = nil }
            logger.info("the model server has ended", metadata: ["how": "\(ending)"])
            throw error
        }
    }

    private func choosePort() throws(StatusError) -> Int {
        if let port = settings.port {
            guard TCPPort.isFree(port) else {
                throw StatusError(
                    .failedPrecondition,
                    "port \(port) of 127.0.0.1 is in use: stop what listens there, or leave 'port' out to take a free one"
                )
            }
            return port
        }
        guard let port = TCPPort.free() else {
            throw StatusError(.resourceExhausted, "no port of 127.0.0.1 is free")
        }
        return port
    }

    private func watch(_ process: ServerProcess, _ door: ModelServerDoor) async throws {
        let started = ContinuousClock.now
        let properties = try await waitUntilReady(process, door)
        server.withLock { $0 = ModelServer(door: door, model: "", dialect: .llamaCpp, scoring: .grammar) }
        board.update { status in
            status.state = .ready
            status.detail = ""
            if let length = properties.defaults?.contextLength, length > 0 { status.facts.contextLength = length }
            status.facts.memoryBytes = process.residentBytes
        }
        logger.info(
            "the model server is ready",
            metadata: ["after ms": "\(Int((ContinuousClock.now - started).milliseconds))", "url": "\(door.base)"]
        )
        var silences = 0
        while silences < Self.toleratedSilences {
            if let ending = await process.ended.value(within: Self.checkInterval) { throw crash(ending) }
            try Task.checkCancellation()
            silences = await isHealthy(door) ? 0 : silences + 1
        }
        throw StatusError(.unavailable, "the model server does not answer any more; it is started again")
    }

    /// Waits until the model is loaded.
    private func waitUntilReady(_ process: ServerProcess, _ door: ModelServerDoor) async throws -> LlamaProperties {
        let deadline = ContinuousClock.now + settings.startLimit
        var pause = Duration.milliseconds(20)
        while ContinuousClock.now < deadline {
            if let ending = await process.ended.value(within: pause) { throw crash(ending) }
            try Task.checkCancellation()
            pause = min(pause * 3 / 2, .milliseconds(500))
            guard await isHealthy(door) else { continue }
            let properties = try await door.get(LlamaProperties.self, "/props", timeout: .seconds(5))
            guard properties.isLlama else {
                throw StatusError(
                    .failedPrecondition,
                    "what answers at \(door.base) is no llama.cpp server: check 'command'"
                )
            }
            return properties
        }
        throw StatusError(
            .unavailable,
            "the model is not loaded after \(settings.startLimit): give it more time with 'start_limit', or check the log"
        )
    }

    private struct Health: Decodable {}

    private func isHealthy(_ door: ModelServerDoor) async -> Bool {
        (try? await door.get(Health.self, "/health", timeout: .seconds(2))) != nil
    }

    private func crash(_ ending: ServerProcess.Ending) -> StatusError {
        let cause = tail.cause
        return StatusError(
            .unavailable,
            "the model server has ended: \(ending)" + (cause.isEmpty ? "" : "; it said: \(cause)")
        )
    }

    private static func facts(_ header: GGUFHeader, _ settings: LlamaSettings) -> ModelFacts {
        let file = settings.model.split(separator: "/").last.map(String.init) ?? settings.model
        let trained = header.contextLength > 0 ? header.contextLength : LlamaSettings.defaultContext
        return ModelFacts(
            name: header.name.isEmpty ? file : header.name,
            contextLength: settings.context ?? min(trained, LlamaSettings.defaultContext),
            parameters: header.parameters,
            weightBytes: header.fileBytes,
            quantization: header.quantization,
            scoresChoices: true,
            embeds: settings.arguments.contains { $0 == "--embeddings" || $0 == "--embedding" }
        )
    }
}
