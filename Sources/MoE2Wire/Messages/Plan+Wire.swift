import CMoE2Protos
import MoE2Core

extension Plan: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Plan>) -> Void { { moe2__v1__plan__init($0) } }

    init(_ c: borrowing Moe2__V1__Plan) throws(WireError) {
        self.init(
            number: c.number,
            category: try Field.identifier(c.category, "category"),
            activeSet: try Field.identifiers(
                c.n_active_set,
                c.active_set,
                "active_set",
                limit: WireLimits.fleetExperts
            ),
            status: try Field.value(c.status, "status"),
            quality: try Field.finite(c.quality, "quality"),
            bound: try Field.finite(c.bound, "bound"),
            gap: try Field.amount(c.gap, "gap"),
            energyLimit: c.has_energy_limit != 0 ? try Field.energy(c.energy_limit_j, "energy_limit_j") : nil,
            latencyLimit: c.has_latency_limit != 0 ? try Field.time(c.latency_limit_ms, "latency_limit_ms") : nil,
            teamSize: Field.count(c.team_size),
            binding: try Field.texts(c.n_binding, c.binding, "binding", limit: WireLimits.choices),
            nodes: c.nodes,
            solveTime: try Field.time(c.solve_ms, "solve_ms"),
            reason: try Field.text(c.reason, "reason")
        )
    }

    func fill(_ c: inout Moe2__V1__Plan, _ arena: Arena) {
        c.number = number
        c.category = arena.string(category.rawValue)
        (c.n_active_set, c.active_set) = arena.list(activeSet.map(\.rawValue))
        c.status = status.rawValue
        c.quality = quality
        c.bound = bound
        c.gap = gap
        c.has_energy_limit = energyLimit == nil ? 0 : 1
        c.energy_limit_j = energyLimit?.joules ?? 0
        c.has_latency_limit = latencyLimit == nil ? 0 : 1
        c.latency_limit_ms = latencyLimit?.milliseconds ?? 0
        c.team_size = UInt32(clamping: teamSize)
        (c.n_binding, c.binding) = arena.list(binding)
        c.nodes = nodes
        c.solve_ms = solveTime.milliseconds
        c.reason = arena.string(reason)
    }
}
