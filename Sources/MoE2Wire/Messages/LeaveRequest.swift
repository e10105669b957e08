import CMoE2Protos

/// `Agents/Leave`: ends the session in good order.
public struct LeaveRequest: Equatable, WireMessage {
    /// The session that `Agents/Hello` opened; a secret.
    public var session: String

    /// A message with these fields.
    public init(session: String) {
        self.session = session
    }
}

extension LeaveRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__LeaveRequest>) -> Void {
        { moe2__v1__leave_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__LeaveRequest) throws(WireError) {
        self.init(
            session: try Field.text(c.session, "session", limit: WireLimits.secretBytes)
        )
    }

    func fill(_ c: inout Moe2__V1__LeaveRequest, _ arena: Arena) {
        c.session = arena.string(session)
    }
}
