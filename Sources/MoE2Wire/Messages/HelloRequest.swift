import CMoE2Protos
public import MoE2Core

/// `Agents/Hello`: opens a session.
public struct HelloRequest: Equatable, WireMessage {
    /// The host.
    public var host: Host
    /// What it carries.
    public var experts: [Expert]
    /// Its first capacity report.
    public var report: CapacityReport
    /// DER of the agent's certificate; empty on an insecure gate.
    public var certificate: [UInt8]
    /// Over the challenge and the host's id, by the certificate's key.
    public var signature: [UInt8]
    /// The challenge that was signed.
    public var challenge: [UInt8]

    /// A message with these fields.
    public init(
        host: Host,
        experts: [Expert],
        report: CapacityReport,
        certificate: [UInt8],
        signature: [UInt8],
        challenge: [UInt8]
    ) {
        self.host = host
        self.experts = experts
        self.report = report
        self.certificate = certificate
        self.signature = signature
        self.challenge = challenge
    }
}

extension HelloRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__HelloRequest>) -> Void {
        { moe2__v1__hello_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__HelloRequest) throws(WireError) {
        self.init(
            host: try Field.required(c.host, "host"),
            experts: try Field.list(c.n_experts, c.experts, "experts", limit: WireLimits.experts),
            report: try Field.required(c.report, "report"),
            certificate: try Field.bytes(
                c.certificate.len,
                c.certificate.data,
                "certificate",
                limit: WireLimits.proofBytes
            ),
            signature: try Field.bytes(c.signature.len, c.signature.data, "signature", limit: WireLimits.proofBytes),
            challenge: try Field.bytes(c.challenge.len, c.challenge.data, "challenge", limit: WireLimits.proofBytes)
        )
    }

    func fill(_ c: inout Moe2__V1__HelloRequest, _ arena: Arena) {
        c.host = arena.pointer(to: host)
        (c.n_experts, c.experts) = arena.list(experts)
        c.report = arena.pointer(to: report)
        (c.certificate.len, c.certificate.data) = arena.bytes(certificate)
        (c.signature.len, c.signature.data) = arena.bytes(signature)
        (c.challenge.len, c.challenge.data) = arena.bytes(challenge)
    }
}
