import CMoE2Protos
import MoE2Core

extension HostStatus: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__HostStatus>) -> Void {
        { moe2__v1__host_status__init($0) }
    }

    init(_ c: borrowing Moe2__V1__HostStatus) throws(WireError) {
        self.init(
            host: try Field.required(c.host, "host"),
            state: try Field.value(c.state, "state"),
            experts: try Field.list(c.n_experts, c.experts, "experts", limit: WireLimits.experts),
            report: try Field.required(c.report, "report"),
            lastSeen: try Field.time(c.last_seen_ms, "last_seen_ms"),
            joined: try Field.time(c.joined_ms, "joined_ms")
        )
    }

    func fill(_ c: inout Moe2__V1__HostStatus, _ arena: Arena) {
        c.host = arena.pointer(to: host)
        c.state = state.rawValue
        (c.n_experts, c.experts) = arena.list(experts)
        c.report = arena.pointer(to: report)
        c.last_seen_ms = lastSeen.milliseconds
        c.joined_ms = joined.milliseconds
    }
}
