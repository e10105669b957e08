import CMoE2Protos

/// Answers `Agents/Leave`.
public struct LeaveReply: Equatable, WireMessage {
    /// The message; it has no fields.
    public init() {

    }
}

extension LeaveReply: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__LeaveReply>) -> Void {
        { moe2__v1__leave_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__LeaveReply) throws(WireError) {
        self.init()
    }

    func fill(_ c: inout Moe2__V1__LeaveReply, _ arena: Arena) {

    }
}
