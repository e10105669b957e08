import CMoE2Protos

/// Answers `Fleet/Drain`.
public struct DrainReply: Equatable, WireMessage {
    /// Shards that still run on the host.
    public var activeShards: Int

    /// A message with these fields.
    public init(activeShards: Int) {
        self.activeShards = activeShards
    }
}

extension DrainReply: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__DrainReply>) -> Void {
        { moe2__v1__drain_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__DrainReply) throws(WireError) {
        self.init(
            activeShards: Field.count(c.active_shards)
        )
    }

    func fill(_ c: inout Moe2__V1__DrainReply, _ arena: Arena) {
        c.active_shards = UInt32(clamping: activeShards)
    }
}
