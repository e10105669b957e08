import CMoE2Protos

/// Answers `Agents/Report`.
public struct ReportReply: Equatable, WireMessage {
    /// Whether the gate wants the host to drain.
    public var drain: Bool

    /// A message with these fields.
    public init(drain: Bool) {
        self.drain = drain
    }
}

extension ReportReply: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__ReportReply>) -> Void {
        { moe2__v1__report_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__ReportReply) throws(WireError) {
        self.init(
            drain: c.drain != 0
        )
    }

    func fill(_ c: inout Moe2__V1__ReportReply, _ arena: Arena) {
        c.drain = drain ? 1 : 0
    }
}
