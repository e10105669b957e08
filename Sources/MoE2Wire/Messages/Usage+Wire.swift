import CMoE2Protos
import MoE2Core

extension Usage: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Usage>) -> Void { { moe2__v1__usage__init($0) } }

    init(_ c: borrowing Moe2__V1__Usage) throws(WireError) {
        self.init(
            promptTokens: Field.count(c.prompt_tokens),
            completionTokens: Field.count(c.completion_tokens),
            prefill: try Field.time(c.prefill_ms, "prefill_ms"),
            decode: try Field.time(c.decode_ms, "decode_ms"),
            total: try Field.time(c.total_ms, "total_ms"),
            energy: try Field.energy(c.energy_j, "energy_j"),
            energySource: try Field.value(c.energy_source, "energy_source")
        )
    }

    func fill(_ c: inout Moe2__V1__Usage, _ arena: Arena) {
        c.prompt_tokens = UInt32(clamping: promptTokens)
        c.completion_tokens = UInt32(clamping: completionTokens)
        c.prefill_ms = prefill.milliseconds
        c.decode_ms = decode.milliseconds
        c.total_ms = total.milliseconds
        c.energy_j = energy.joules
        c.energy_source = energySource.rawValue
    }
}
