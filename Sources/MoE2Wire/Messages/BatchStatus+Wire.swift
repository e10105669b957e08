import CMoE2Protos
public import MoE2Core

extension BatchStatus: CRepresented, WireMessage {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__BatchStatus>) -> Void {
        { moe2__v1__batch_status__init($0) }
    }

    init(_ c: borrowing Moe2__V1__BatchStatus) throws(WireError) {
        self.init(
            id: try Field.identifier(c.id, "id"),
            state: try Field.value(c.state, "state"),
            detail: try Field.text(c.detail, "detail"),
            lines: Field.count(c.lines),
            received: Field.count(c.received),
            answered: Field.count(c.answered),
            failed: Field.count(c.failed),
            energy: try Field.energy(c.energy_j, "energy_j"),
            energySource: try Field.value(c.energy_source, "energy_source"),
            elapsed: try Field.time(c.elapsed_ms, "elapsed_ms"),
            left: c.left_ms >= 0 ? try Field.time(c.left_ms, "left_ms") : nil,
            shards: try Field.list(c.n_shards, c.shards, "shards", limit: WireLimits.fleetExperts)
        )
    }

    func fill(_ c: inout Moe2__V1__BatchStatus, _ arena: Arena) {
        c.id = arena.string(id.rawValue)
        c.state = state.rawValue
        c.detail = arena.string(String(detail.prefix(1000)))
        c.lines = UInt32(clamping: lines)
        c.received = UInt32(clamping: received)
        c.answered = UInt32(clamping: answered)
        c.failed = UInt32(clamping: failed)
        c.energy_j = energy.joules
        c.energy_source = energySource.rawValue
        c.elapsed_ms = elapsed.milliseconds
        c.left_ms = left?.milliseconds ?? -1
        (c.n_shards, c.shards) = arena.list(shards)
    }
}
