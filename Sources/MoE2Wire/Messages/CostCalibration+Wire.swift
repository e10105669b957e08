import CMoE2Protos
import MoE2Core

extension CostCalibration: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__CostCalibration>) -> Void {
        { moe2__v1__cost_calibration__init($0) }
    }

    init(_ c: borrowing Moe2__V1__CostCalibration) throws(WireError) {
        self.init(
            shards: Field.count(c.shards),
            withinLatencyP90: Field.count(c.within_latency_p90),
            withinEnergyP90: Field.count(c.within_energy_p90),
            predictedEnergy: try Field.energy(c.predicted_j, "predicted_j"),
            reportedEnergy: try Field.energy(c.reported_j, "reported_j"),
            absoluteEnergyError: try Field.energy(c.error_j, "error_j")
        )
    }

    func fill(_ c: inout Moe2__V1__CostCalibration, _ arena: Arena) {
        c.shards = UInt64(clamping: shards)
        c.within_latency_p90 = UInt64(clamping: withinLatencyP90)
        c.within_energy_p90 = UInt64(clamping: withinEnergyP90)
        c.predicted_j = predictedEnergy.joules
        c.reported_j = reportedEnergy.joules
        c.error_j = absoluteEnergyError.joules
    }
}
