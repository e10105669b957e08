import CMoE2Protos
import MoE2Core

extension CostEstimate: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__CostEstimate>) -> Void {
        { moe2__v1__cost_estimate__init($0) }
    }

    init(_ c: borrowing Moe2__V1__CostEstimate) throws(WireError) {
        self.init(
            latency: try Field.time(c.latency_ms, "latency_ms"),
            latencyP90: try Field.time(c.latency_p90_ms, "latency_p90_ms"),
            energy: try Field.energy(c.energy_j, "energy_j"),
            energyP90: try Field.energy(c.energy_p90_j, "energy_p90_j"),
            activation: try Field.energy(c.activation_j, "activation_j"),
            source: try Field.value(c.source, "source")
        )
    }

    func fill(_ c: inout Moe2__V1__CostEstimate, _ arena: Arena) {
        c.latency_ms = latency.milliseconds
        c.latency_p90_ms = latencyP90.milliseconds
        c.energy_j = energy.joules
        c.energy_p90_j = energyP90.joules
        c.activation_j = activation.joules
        c.source = source.rawValue
    }
}
