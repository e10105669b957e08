import CMoE2Protos

/// `Batches/List`: the client's batches.
public struct BatchListRequest: Equatable, WireMessage {
    /// A message without fields.
    public init() {}
}

extension BatchListRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__BatchListRequest>) -> Void {
        { moe2__v1__batch_list_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__BatchListRequest) throws(WireError) {
        self.init()
    }

    func fill(_ c: inout Moe2__V1__BatchListRequest, _ arena: Arena) {}
}
