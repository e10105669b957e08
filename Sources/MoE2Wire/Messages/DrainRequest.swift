import CMoE2Protos
public import MoE2Core

/// `Fleet/Drain`: takes a host out of service, or back in.
public struct DrainRequest: Equatable, WireMessage {
    /// The host.
    public var host: HostID
    /// Whether it is to drain; false puts it back in service.
    public var drain: Bool

    /// A message with these fields.
    public init(host: HostID, drain: Bool) {
        self.host = host
        self.drain = drain
    }
}

extension DrainRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__DrainRequest>) -> Void {
        { moe2__v1__drain_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__DrainRequest) throws(WireError) {
        self.init(
            host: try Field.identifier(c.host, "host"),
            drain: c.drain != 0
        )
    }

    func fill(_ c: inout Moe2__V1__DrainRequest, _ arena: Arena) {
        c.host = arena.string(host.rawValue)
        c.drain = drain ? 1 : 0
    }
}
