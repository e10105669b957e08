import CMoE2Protos

/// Answers `Agents/Challenge`.
public struct ChallengeReply: Equatable, WireMessage {
    /// Random bytes to sign in `Agents/Hello`; empty when the gate asks for no proof.
    public var challenge: [UInt8]

    /// A message with these fields.
    public init(challenge: [UInt8]) {
        self.challenge = challenge
    }
}

extension ChallengeReply: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__ChallengeReply>) -> Void {
        { moe2__v1__challenge_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__ChallengeReply) throws(WireError) {
        self.init(
            challenge: try Field.bytes(c.challenge.len, c.challenge.data, "challenge", limit: WireLimits.proofBytes)
        )
    }

    func fill(_ c: inout Moe2__V1__ChallengeReply, _ arena: Arena) {
        (c.challenge.len, c.challenge.data) = arena.bytes(challenge)
    }
}
