import CMoE2Protos
public import MoE2Core

extension FleetSnapshot: CRepresented, WireMessage {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__FleetReply>) -> Void {
        { moe2__v1__fleet_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__FleetReply) throws(WireError) {
        self.init(
            gateVersion: try Field.text(c.gate_version, "gate_version"),
            uptime: try Field.time(c.uptime_ms, "uptime_ms"),
            hosts: try Field.list(c.n_hosts, c.hosts, "hosts", limit: WireLimits.hosts),
            plans: try Field.list(c.n_plans, c.plans, "plans", limit: WireLimits.plans),
            activeQueries: Field.count(c.active_queries),
            queuedQueries: Field.count(c.queued_queries),
            // A gate of an earlier version sends none.
            calibration: c.calibration == nil ? CostCalibration() : try Field.required(c.calibration, "calibration")
        )
    }

    func fill(_ c: inout Moe2__V1__FleetReply, _ arena: Arena) {
        c.gate_version = arena.string(gateVersion)
        c.uptime_ms = uptime.milliseconds
        (c.n_hosts, c.hosts) = arena.list(hosts)
        (c.n_plans, c.plans) = arena.list(plans)
        c.active_queries = UInt32(clamping: activeQueries)
        c.queued_queries = UInt32(clamping: queuedQueries)
        c.calibration = arena.pointer(to: calibration)
    }
}
