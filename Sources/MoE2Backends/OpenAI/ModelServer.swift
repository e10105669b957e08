import MoE2Core

/// What can be asked of a model server that is there: answers, scores, embeddings.
struct ModelServer: Sendable {
    let door: ModelServerDoor
    /// The name of the model, empty to leave it to the server.
    let model: String
    let dialect: ServerDialect
    let scoring: ChoiceScoring?

    private var request: ChatRequest { ChatRequest(model: model, dialect: dialect) }

    /// Executes `shard`.
    func execute(
        _ shard: Shard,
        emit: @escaping @Sendable (BackendOutput) async throws -> Void
    ) async throws -> BackendResult {
        switch shard.task {
        case .generate: try await generate(shard, emit: emit)
        case .scoreChoices: try await ChoiceScorer(door: door, request: request, scoring: scoring).score(shard)
        case .embed: try await embed(shard)
        }
    }

    private func generate(
        _ shard: Shard,
        emit: @escaping @Sendable (BackendOutput) async throws -> Void
    ) async throws -> BackendResult {
        let clock = ContinuousClock()
        let start = clock.now
        var stream = ChatStream(now: .zero)
        try await door.events(
            "/v1/chat/completions",
            try request.streaming(shard),
            trace: shard.traceParent,
            timeout: shard.timeLeft
        ) { event in
            if let output = try stream.take(event, now: clock.now - start) { try await emit(output) }
            return event.data != "[DONE]"
        }
        guard stream.isComplete else {
            throw StatusError(
                .unavailable,
                "the model server at \(door.base) ended its answer in the middle; it may have crashed"
            )
        }
        return stream.finished()
    }

    private func embed(_ shard: Shard) async throws -> BackendResult {
        let clock = ContinuousClock()
        let start = clock.now
        var body: [String: JSONTree] = [
            "input": .string(shard.messages.last?.content ?? ""), "encoding_format": "float",
        ]
        if !model.isEmpty { body["model"] = .string(model) }
        let reply = try await door.post(
            "/v1/embeddings",
            .object(body),
            trace: shard.traceParent,
            timeout: shard.timeLeft
        ) { try EmbeddingReply($0) }
        guard !reply.embedding.isEmpty else {
            throw StatusError(.dataLoss, "the model server at \(door.base) sent no embedding")
        }
        let tokens = max(0, reply.usage?.promptTokens ?? 0)
        return BackendResult(
            promptTokens: tokens,
            prefillTokens: tokens,
            prefill: clock.now - start,
            embedding: reply.embedding
        )
    }
}
