public import Logging
public import MoE2Core
import Synchronization

/// A model server with the OpenAI interface that runs already: llama-server, vLLM, Ollama, TensorRT-LLM, …
public final class OpenAIBackend: Backend {
    /// How often the server is asked for its models: while it is ready, and while it is not.
    static let checkInterval = Duration.seconds(10)
    static let toleratedSilences = 2

    private let settings: OpenAISettings
    private let logger: Logger
    private let board: StatusBoard
    private let server = Mutex<ModelServer?>(nil)

    /// A backend for `settings`; nothing is asked before ``run()``.
    public init(_ settings: OpenAISettings, logger: Logger) {
        self.settings = settings
        var logger = logger
        logger[metadataKey: "expert"] = "\(settings.expert)"
        self.logger = logger
        board = StatusBoard(
            BackendStatus(
                state: .starting,
                facts: ModelFacts(name: settings.model ?? "", contextLength: settings.context ?? 0)
            )
        )
    }

    public var status: BackendStatus { board.current }
    public var statusChanges: AsyncStream<Void> { board.changes }

    /// Checks what can be checked without the server.
    /// - Throws: `invalidArgument` when the address is no HTTP address.
    public static func check(_ settings: OpenAISettings) throws(StatusError) {
        let schemes = ["http://", "https://"]
        guard schemes.contains(where: { settings.url.hasPrefix($0) && settings.base.count > $0.count }) else {
            throw StatusError(
                .invalidArgument,
                "'\(settings.url)' is no address of a model server: write it like http://127.0.0.1:8000"
            )
        }
    }

    public func run() async {
        let door = ModelServerDoor(base: settings.base, apiKey: settings.apiKey)
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(30))
        var silences = 0
        while !Task.isCancelled {
            do {
                try await ask(door)
                silences = 0
                backoff.succeeded()
                try await Task.sleep(for: Self.checkInterval)
            } catch let error as StatusError {
                silences += 1
                // A server that is busy may miss a question.
                if status.state != .ready || silences >= Self.toleratedSilences { fail(error) }
                try? await Task.sleep(for: backoff.failed())
            } catch {
                break
            }
        }
        server.withLock { $0 = nil }
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
            throw StatusError(
                .unavailable,
                "the model server of '\(settings.expert)' is \(status.state): \(status.detail)"
            )
        }
        return try await server.execute(shard, emit: emit)
    }

    private func fail(_ error: StatusError) {
        server.withLock { $0 = nil }
        if status.state != .failed { logger.error("the model server is down", metadata: ["why": "\(error.message)"]) }
        board.update { status in
            status.state = .failed
            status.detail = error.message
        }
    }

    /// Asks the server what it offers.
    private func ask(_ door: ModelServerDoor) async throws {
        let list = try await door.get(ModelList.self, "/v1/models", timeout: .seconds(5))
        let model = try list.model(settings.model, url: settings.base)
        let dialect = model.dialect
        let scoring = settings.scoring ?? dialect.scoring
        var facts = ModelFacts(
            name: model.id,
            contextLength: settings.context ?? model.longest ?? model.meta?.contextLength ?? 0,
            parameters: model.meta?.parameters ?? 0,
            weightBytes: model.meta?.bytes ?? 0,
            quantization: model.meta?.fileType ?? "",
            scoresChoices: scoring != nil && scoring != ChoiceScoring.none,
            embeds: settings.embeds
        )
        facts.contextLength = max(0, facts.contextLength)
        if status.state != .ready {
            logger.info("the model server is ready", metadata: ["url": "\(door.base)", "model": "\(model.id)"])
        }
        var door = door
        door.keepsConnections = dialect != .llamaCpp
        server.withLock {
            $0 = ModelServer(door: door, model: model.id, dialect: dialect, scoring: scoring)
        }
        board.update { status in
            status = BackendStatus(state: .ready, facts: facts)
        }
    }
}
