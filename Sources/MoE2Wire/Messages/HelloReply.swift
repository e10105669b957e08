import CMoE2Protos

/// Answers `Agents/Hello`.
public struct HelloReply: Equatable, WireMessage {
    /// Names the session in every later call; a secret.
    public var session: String
    /// How often to report.
    public var reportInterval: Duration
    /// How long the gate parks a poll.
    public var pollHold: Duration
    /// Silence after which the gate ends the session.
    public var sessionTimeout: Duration
    /// The gate's version.
    public var gateVersion: String
    /// Whether the gate understands the last chunks and the poll in a `FinishRequest`.
    public var finishPolls: Bool

    /// A reply with these fields.
    public init(
        session: String,
        reportInterval: Duration,
        pollHold: Duration,
        sessionTimeout: Duration,
        gateVersion: String,
        finishPolls: Bool = true
    ) {
        self.session = session
        self.reportInterval = reportInterval
        self.pollHold = pollHold
        self.sessionTimeout = sessionTimeout
        self.gateVersion = gateVersion
        self.finishPolls = finishPolls
    }
}

extension HelloReply: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__HelloReply>) -> Void {
        { moe2__v1__hello_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__HelloReply) throws(WireError) {
        self.init(
            session: try Field.text(c.session, "session", limit: WireLimits.secretBytes),
            reportInterval: .milliseconds(Int(c.report_interval_ms)),
            pollHold: .milliseconds(Int(c.poll_hold_ms)),
            sessionTimeout: .milliseconds(Int(c.session_timeout_ms)),
            gateVersion: try Field.text(c.gate_version, "gate_version"),
            finishPolls: c.finish_polls != 0
        )
    }

    func fill(_ c: inout Moe2__V1__HelloReply, _ arena: Arena) {
        c.session = arena.string(session)
        c.report_interval_ms = Field.wholeMilliseconds(reportInterval)
        c.poll_hold_ms = Field.wholeMilliseconds(pollHold)
        c.session_timeout_ms = Field.wholeMilliseconds(sessionTimeout)
        c.gate_version = arena.string(gateVersion)
        c.finish_polls = finishPolls ? 1 : 0
    }
}
