import CMoE2Protos
public import MoE2Core

/// Answers `Books/Energy`.
public struct EnergyReply: Equatable, WireMessage {
    /// The lines, in the order to show them.
    public var rows: [EnergyRow]

    /// A message with these fields.
    public init(rows: [EnergyRow]) {
        self.rows = rows
    }
}

extension EnergyReply: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__EnergyReply>) -> Void {
        { moe2__v1__energy_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__EnergyReply) throws(WireError) {
        self.init(rows: try Field.list(c.n_rows, c.rows, "rows", limit: WireLimits.energyRows))
    }

    func fill(_ c: inout Moe2__V1__EnergyReply, _ arena: Arena) {
        (c.n_rows, c.rows) = arena.list(rows)
    }
}
