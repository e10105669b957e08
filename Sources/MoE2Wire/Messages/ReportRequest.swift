import CMoE2Protos
public import MoE2Core

/// `Agents/Report`: capacity, which is also the heartbeat.
public struct ReportRequest: Equatable, WireMessage {
    /// The session that `Agents/Hello` opened; a secret.
    public var session: String
    /// The host's capacity.
    public var report: CapacityReport

    /// A message with these fields.
    public init(session: String, report: CapacityReport) {
        self.session = session
        self.report = report
    }
}

extension ReportRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__ReportRequest>) -> Void {
        { moe2__v1__report_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__ReportRequest) throws(WireError) {
        self.init(
            session: try Field.text(c.session, "session", limit: WireLimits.secretBytes),
            report: try Field.required(c.report, "report")
        )
    }

    func fill(_ c: inout Moe2__V1__ReportRequest, _ arena: Arena) {
        c.session = arena.string(session)
        c.report = arena.pointer(to: report)
    }
}
