import CMoE2Protos
public import MoE2Core

/// `Agents/Poll`: a parked poll is a credit for one shard.
public struct PollRequest: Equatable, WireMessage {
    /// The session that `Agents/Hello` opened; a secret.
    public var session: String
    /// The expert that has a free slot; nil for the control poll.
    public var expert: ExpertID?
    /// Of the poll, so that one sent again is not a second credit.
    public var number: UInt32

    /// A message with these fields.
    public init(session: String, expert: ExpertID?, number: UInt32) {
        self.session = session
        self.expert = expert
        self.number = number
    }
}

extension PollRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__PollRequest>) -> Void {
        { moe2__v1__poll_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__PollRequest) throws(WireError) {
        self.init(
            session: try Field.text(c.session, "session", limit: WireLimits.secretBytes),
            expert: try Field.optionalIdentifier(c.expert, "expert"),
            number: c.number
        )
    }

    func fill(_ c: inout Moe2__V1__PollRequest, _ arena: Arena) {
        c.session = arena.string(session)
        c.expert = arena.string(expert?.rawValue ?? "")
        c.number = number
    }
}
