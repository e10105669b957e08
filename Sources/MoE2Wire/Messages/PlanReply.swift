import CMoE2Protos
public import MoE2Core

/// Answers `Fleet/Plan`.
public struct PlanReply: Equatable, WireMessage {
    /// The plan.
    public var plan: Plan
    /// One point per energy limit.
    public var energyFrontier: [FrontierPoint]
    /// One point per latency limit.
    public var latencyFrontier: [FrontierPoint]

    /// A message with these fields.
    public init(plan: Plan, energyFrontier: [FrontierPoint], latencyFrontier: [FrontierPoint]) {
        self.plan = plan
        self.energyFrontier = energyFrontier
        self.latencyFrontier = latencyFrontier
    }
}

extension PlanReply: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__PlanReply>) -> Void {
        { moe2__v1__plan_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__PlanReply) throws(WireError) {
        self.init(
            plan: try Field.required(c.plan, "plan"),
            energyFrontier: try Field.list(
                c.n_energy_frontier,
                c.energy_frontier,
                "energy_frontier",
                limit: WireLimits.frontier
            ),
            latencyFrontier: try Field.list(
                c.n_latency_frontier,
                c.latency_frontier,
                "latency_frontier",
                limit: WireLimits.frontier
            )
        )
    }

    func fill(_ c: inout Moe2__V1__PlanReply, _ arena: Arena) {
        c.plan = arena.pointer(to: plan)
        (c.n_energy_frontier, c.energy_frontier) = arena.list(energyFrontier)
        (c.n_latency_frontier, c.latency_frontier) = arena.list(latencyFrontier)
    }
}
