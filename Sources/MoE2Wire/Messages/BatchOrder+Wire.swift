import CMoE2Protos
public import MoE2Core

extension BatchOrder: CRepresented, WireMessage {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__BatchOrder>) -> Void {
        { moe2__v1__batch_order__init($0) }
    }

    init(_ c: borrowing Moe2__V1__BatchOrder) throws(WireError) {
        self.init(
            id: try Field.identifier(c.id, "id"),
            lines: Field.count(c.lines),
            energyLimit: c.has_energy_limit != 0 ? try Field.energy(c.energy_limit_j, "energy_limit_j") : nil,
            timeLimit: c.has_time_limit != 0 ? try Field.time(c.time_limit_ms, "time_limit_ms") : nil,
            trade: try Field.amount(c.trade, "trade")
        )
    }

    func fill(_ c: inout Moe2__V1__BatchOrder, _ arena: Arena) {
        c.id = arena.string(id.rawValue)
        c.lines = UInt32(clamping: lines)
        c.has_energy_limit = energyLimit == nil ? 0 : 1
        c.energy_limit_j = energyLimit?.joules ?? 0
        c.has_time_limit = timeLimit == nil ? 0 : 1
        c.time_limit_ms = timeLimit?.milliseconds ?? 0
        c.trade = trade
    }
}
