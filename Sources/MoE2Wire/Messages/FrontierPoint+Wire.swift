import CMoE2Protos
import MoE2Core

extension FrontierPoint: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__FrontierPoint>) -> Void {
        { moe2__v1__frontier_point__init($0) }
    }

    init(_ c: borrowing Moe2__V1__FrontierPoint) throws(WireError) {
        self.init(
            energy: c.has_energy != 0 ? try Field.energy(c.energy_j, "energy_j") : nil,
            latency: c.has_latency != 0 ? try Field.time(c.latency_ms, "latency_ms") : nil,
            quality: c.has_quality != 0 ? try Field.finite(c.quality, "quality") : nil,
            bound: try Field.finite(c.bound, "bound"),
            experts: try Field.identifiers(c.n_experts, c.experts, "experts", limit: WireLimits.fleetExperts)
        )
    }

    func fill(_ c: inout Moe2__V1__FrontierPoint, _ arena: Arena) {
        c.has_energy = energy == nil ? 0 : 1
        c.energy_j = energy?.joules ?? 0
        c.has_latency = latency == nil ? 0 : 1
        c.latency_ms = latency?.milliseconds ?? 0
        c.has_quality = quality == nil ? 0 : 1
        c.quality = quality ?? 0
        c.bound = bound
        (c.n_experts, c.experts) = arena.list(experts.map(\.rawValue))
    }
}
