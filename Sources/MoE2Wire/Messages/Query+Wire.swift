import CMoE2Protos
public import MoE2Core

extension Query: CRepresented, WireMessage {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__QueryRequest>) -> Void {
        { moe2__v1__query_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__QueryRequest) throws(WireError) {
        self.init(
            id: try Field.identifier(c.id, "id"),
            messages: try Field.list(c.n_messages, c.messages, "messages", limit: WireLimits.messages),
            category: try Field.optionalIdentifier(c.category, "category"),
            budget: Budget(
                energy: c.has_energy_budget != 0 ? try Field.energy(c.energy_budget_j, "energy_budget_j") : nil,
                latency: c.has_latency_budget != 0 ? try Field.time(c.latency_budget_ms, "latency_budget_ms") : nil
            ),
            mode: try Field.value(c.mode, "mode"),
            teamSize: c.team_size == 0 ? nil : Field.count(c.team_size),
            choices: try Field.texts(c.n_choices, c.choices, "choices", limit: WireLimits.choices),
            decoding: try Field.required(c.decoding, "decoding"),
            expert: try Field.optionalIdentifier(c.expert, "expert"),
            mayQueue: c.may_queue != 0,
            priority: c.priority,
            explain: c.explain != 0,
            traceParent: try Field.text(c.trace_parent, "trace_parent"),
            isStreamed: c.whole == 0
        )
    }

    func fill(_ c: inout Moe2__V1__QueryRequest, _ arena: Arena) {
        c.id = arena.string(id.rawValue)
        (c.n_messages, c.messages) = arena.list(messages)
        c.category = arena.string(category?.rawValue ?? "")
        c.has_energy_budget = budget.energy == nil ? 0 : 1
        c.energy_budget_j = budget.energy?.joules ?? 0
        c.has_latency_budget = budget.latency == nil ? 0 : 1
        c.latency_budget_ms = budget.latency?.milliseconds ?? 0
        c.mode = mode.rawValue
        c.team_size = UInt32(clamping: teamSize ?? 0)
        (c.n_choices, c.choices) = arena.list(choices)
        c.decoding = arena.pointer(to: decoding)
        c.expert = arena.string(expert?.rawValue ?? "")
        c.may_queue = mayQueue ? 1 : 0
        c.priority = priority
        c.explain = explain ? 1 : 0
        c.trace_parent = arena.string(traceParent)
        c.whole = isStreamed ? 0 : 1
    }
}
