import CMoE2Protos
public import MoE2Core

/// `Batches/Status` and `Batches/Cancel`.
public struct BatchRequest: Equatable, WireMessage {
    /// The batch.
    public var batch: BatchID

    /// A message with these fields.
    public init(batch: BatchID) {
        self.batch = batch
    }
}

extension BatchRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__BatchRequest>) -> Void {
        { moe2__v1__batch_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__BatchRequest) throws(WireError) {
        self.init(batch: try Field.identifier(c.batch, "batch"))
    }

    func fill(_ c: inout Moe2__V1__BatchRequest, _ arena: Arena) {
        c.batch = arena.string(batch.rawValue)
    }
}
