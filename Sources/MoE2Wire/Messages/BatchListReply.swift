import CMoE2Protos
public import MoE2Core

/// Answers `Batches/List`.
public struct BatchListReply: Equatable, WireMessage {
    /// The batches, newest first.
    public var batches: [BatchStatus]

    /// A message with these fields.
    public init(batches: [BatchStatus]) {
        self.batches = batches
    }
}

extension BatchListReply: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__BatchListReply>) -> Void {
        { moe2__v1__batch_list_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__BatchListReply) throws(WireError) {
        self.init(batches: try Field.list(c.n_batches, c.batches, "batches", limit: WireLimits.batches))
    }

    func fill(_ c: inout Moe2__V1__BatchListReply, _ arena: Arena) {
        (c.n_batches, c.batches) = arena.list(batches)
    }
}
