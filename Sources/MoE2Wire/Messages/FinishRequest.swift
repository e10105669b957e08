import CMoE2Protos
public import MoE2Core

/// `Agents/Finish`: how a shard ended.
public struct FinishRequest: Equatable, WireMessage {
    /// The session that `Agents/Hello` opened; a secret.
    public var session: String
    /// The shard.
    public var shard: ShardID
    /// How it ended.
    public var result: ShardResult
    /// The last pieces of its output: those that no `Agents/Chunks` carried.
    public var lastChunks: [ShardChunk]
    /// The expert whose slot is free again, when the call is the slot's next poll.
    public var poll: ExpertID?

    /// A message with these fields.
    public init(
        session: String,
        shard: ShardID,
        result: ShardResult,
        lastChunks: [ShardChunk] = [],
        poll: ExpertID? = nil
    ) {
        self.session = session
        self.shard = shard
        self.result = result
        self.lastChunks = lastChunks
        self.poll = poll
    }
}

extension FinishRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__FinishRequest>) -> Void {
        { moe2__v1__finish_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__FinishRequest) throws(WireError) {
        guard c.n_embedding <= WireLimits.embedding else {
            throw WireError("embedding: more than \(WireLimits.embedding) numbers")
        }
        var embedding: [Float] = []
        if let numbers = c.embedding {
            embedding = Array(UnsafeBufferPointer(start: numbers, count: c.n_embedding))
            guard embedding.allSatisfy(\.isFinite) else { throw WireError("embedding: holds what is no number") }
        }
        self.init(
            session: try Field.text(c.session, "session", limit: WireLimits.secretBytes),
            shard: try Field.identifier(c.shard, "shard"),
            result: ShardResult(
                error: c.failed != 0
                    ? StatusError(
                        try Field.value(c.error_code, "error_code"),
                        try Field.text(c.error_message, "error_message")
                    )
                    : nil,
                finishReason: try Field.value(c.finish_reason, "finish_reason"),
                usage: try Field.required(c.usage, "usage"),
                choiceLogProbabilities: try Field.numbers(
                    c.n_choice_logprobs,
                    c.choice_logprobs,
                    "choice_logprobs",
                    limit: WireLimits.choices
                ),
                embedding: embedding,
                chunks: c.chunks
            ),
            lastChunks: try Field.list(c.n_last_chunks, c.last_chunks, "last_chunks", limit: WireLimits.chunks),
            poll: try Field.optionalIdentifier(c.poll, "poll")
        )
    }

    func fill(_ c: inout Moe2__V1__FinishRequest, _ arena: Arena) {
        c.session = arena.string(session)
        c.shard = arena.string(shard.rawValue)
        c.failed = result.error == nil ? 0 : 1
        c.error_code = result.error?.code.rawValue ?? 0
        c.error_message = arena.string(String(result.error?.message.prefix(1000) ?? ""))
        c.finish_reason = result.finishReason.rawValue
        c.usage = arena.pointer(to: result.usage)
        (c.n_choice_logprobs, c.choice_logprobs) = arena.numbers(result.choiceLogProbabilities)
        (c.n_embedding, c.embedding) = arena.numbers(result.embedding)
        c.chunks = result.chunks
        (c.n_last_chunks, c.last_chunks) = arena.list(lastChunks)
        c.poll = arena.string(poll?.rawValue ?? "")
    }
}
