import CMoE2Protos
import MoE2Core

extension Shard: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Shard>) -> Void { { moe2__v1__shard__init($0) } }

    init(_ c: borrowing Moe2__V1__Shard) throws(WireError) {
        self.init(
            id: try Field.identifier(c.id, "id"),
            expert: try Field.identifier(c.expert, "expert"),
            task: try Field.value(c.task, "task"),
            messages: try Field.list(c.n_messages, c.messages, "messages", limit: WireLimits.messages),
            choices: try Field.texts(c.n_choices, c.choices, "choices", limit: WireLimits.choices),
            decoding: try Field.required(c.decoding, "decoding"),
            timeLeft: .milliseconds(Int(c.time_left_ms)),
            energyAllowance: c.has_energy_allowance != 0
                ? try Field.energy(c.energy_allowance_j, "energy_allowance_j") : nil,
            traceParent: try Field.text(c.trace_parent, "trace_parent"),
            linger: .milliseconds(Int(c.linger_ms))
        )
    }

    func fill(_ c: inout Moe2__V1__Shard, _ arena: Arena) {
        c.id = arena.string(id.rawValue)
        c.expert = arena.string(expert.rawValue)
        c.task = task.rawValue
        (c.n_messages, c.messages) = arena.list(messages)
        (c.n_choices, c.choices) = arena.list(choices)
        c.decoding = arena.pointer(to: decoding)
        c.time_left_ms = Field.wholeMilliseconds(timeLeft)
        c.has_energy_allowance = energyAllowance == nil ? 0 : 1
        c.energy_allowance_j = energyAllowance?.joules ?? 0
        c.trace_parent = arena.string(traceParent)
        c.linger_ms = Field.wholeMilliseconds(linger)
    }
}
