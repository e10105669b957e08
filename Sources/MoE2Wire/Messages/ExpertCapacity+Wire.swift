import CMoE2Protos
import MoE2Core

extension ExpertCapacity: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__ExpertCapacity>) -> Void {
        { moe2__v1__expert_capacity__init($0) }
    }

    init(_ c: borrowing Moe2__V1__ExpertCapacity) throws(WireError) {
        self.init(
            expert: try Field.identifier(c.expert, "expert"),
            state: try Field.value(c.state, "state"),
            detail: try Field.text(c.detail, "detail"),
            slots: Field.count(c.slots),
            busySlots: Field.count(c.busy_slots),
            queued: Field.count(c.queued),
            prefillRate: try Field.amount(c.prefill_tokens_per_s, "prefill_tokens_per_s"),
            decodeRate: try Field.amount(c.decode_tokens_per_s, "decode_tokens_per_s"),
            rateSource: try Field.value(c.rate_source, "rate_source"),
            activePower: try Field.power(c.active_w, "active_w"),
            energyPerToken: try Field.energy(c.j_per_token, "j_per_token"),
            energySource: try Field.value(c.energy_source, "energy_source")
        )
    }

    func fill(_ c: inout Moe2__V1__ExpertCapacity, _ arena: Arena) {
        c.expert = arena.string(expert.rawValue)
        c.state = state.rawValue
        c.detail = arena.string(detail)
        c.slots = UInt32(clamping: slots)
        c.busy_slots = UInt32(clamping: busySlots)
        c.queued = UInt32(clamping: queued)
        c.prefill_tokens_per_s = prefillRate
        c.decode_tokens_per_s = decodeRate
        c.rate_source = rateSource.rawValue
        c.active_w = activePower.watts
        c.j_per_token = energyPerToken.joules
        c.energy_source = energySource.rawValue
    }
}
