import CMoE2Protos
public import MoE2Core

/// `Agents/Chunks`: output of a shard.
public struct ChunksRequest: Equatable, WireMessage {
    /// The session that `Agents/Hello` opened; a secret.
    public var session: String
    /// The shard.
    public var shard: ShardID
    /// Consecutive pieces of its output.
    public var chunks: [ShardChunk]

    /// A message with these fields.
    public init(session: String, shard: ShardID, chunks: [ShardChunk]) {
        self.session = session
        self.shard = shard
        self.chunks = chunks
    }
}

extension ChunksRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__ChunksRequest>) -> Void {
        { moe2__v1__chunks_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__ChunksRequest) throws(WireError) {
        self.init(
            session: try Field.text(c.session, "session", limit: WireLimits.secretBytes),
            shard: try Field.identifier(c.shard, "shard"),
            chunks: try Field.list(c.n_chunks, c.chunks, "chunks", limit: WireLimits.chunks)
        )
    }

    func fill(_ c: inout Moe2__V1__ChunksRequest, _ arena: Arena) {
        c.session = arena.string(session)
        c.shard = arena.string(shard.rawValue)
        (c.n_chunks, c.chunks) = arena.list(chunks)
    }
}
