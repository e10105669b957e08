import CMoE2Protos
import MoE2Core

extension EnergyRow: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__EnergyRow>) -> Void {
        { moe2__v1__energy_row__init($0) }
    }

    init(_ c: borrowing Moe2__V1__EnergyRow) throws(WireError) {
        self.init(
            name: try Field.text(c.name, "name"),
            answered: Field.count(c.answered),
            failed: Field.count(c.failed),
            shards: Field.count(c.shards),
            promptTokens: Field.count(c.prompt_tokens),
            completionTokens: Field.count(c.completion_tokens),
            energy: try Field.energy(c.energy_j, "energy_j"),
            measuredEnergy: try Field.energy(c.measured_j, "measured_j"),
            calibration: try Field.required(c.calibration, "calibration")
        )
    }

    func fill(_ c: inout Moe2__V1__EnergyRow, _ arena: Arena) {
        c.name = arena.string(name)
        c.answered = UInt64(clamping: answered)
        c.failed = UInt64(clamping: failed)
        c.shards = UInt64(clamping: shards)
        c.prompt_tokens = UInt64(clamping: promptTokens)
        c.completion_tokens = UInt64(clamping: completionTokens)
        c.energy_j = energy.joules
        c.measured_j = measuredEnergy.joules
        c.calibration = arena.pointer(to: calibration)
    }
}
