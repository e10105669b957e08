import CMoE2Protos

/// Answers `Agents/Chunks` when there is room for more.
public struct ChunksReply: Equatable, WireMessage {
    /// Whether nobody waits for the shard any more.
    public var cancel: Bool

    /// A message with these fields.
    public init(cancel: Bool) {
        self.cancel = cancel
    }
}

extension ChunksReply: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__ChunksReply>) -> Void {
        { moe2__v1__chunks_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__ChunksReply) throws(WireError) {
        self.init(
            cancel: c.cancel != 0
        )
    }

    func fill(_ c: inout Moe2__V1__ChunksReply, _ arena: Arena) {
        c.cancel = cancel ? 1 : 0
    }
}
