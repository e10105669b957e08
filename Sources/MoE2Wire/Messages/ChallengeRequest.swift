import CMoE2Protos

/// `Agents/Challenge`: asks for something to sign.
public struct ChallengeRequest: Equatable, WireMessage {
    /// The message; it has no fields.
    public init() {

    }
}

extension ChallengeRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__ChallengeRequest>) -> Void {
        { moe2__v1__challenge_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__ChallengeRequest) throws(WireError) {
        self.init()
    }

    func fill(_ c: inout Moe2__V1__ChallengeRequest, _ arena: Arena) {

    }
}
