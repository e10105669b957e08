public import MoE2Core

/// What `moe2 plan --json` prints: one object. Energies are in joules, times in milliseconds.
public struct PlanJSON: Codable, Sendable, Equatable {
    /// A point of a frontier.
    public struct Point: Codable, Sendable, Equatable {
        public var energyLimitJ: Double?
        public var latencyLimitMs: Double?
        public var quality: Double?
        public var bound: Double?
        public var activeSet: [String]
    }

    public var plan: FleetJSON.Plan
    public var energyFrontier: [Point]
    public var latencyFrontier: [Point]
    /// What a little more of each budget would buy; nil when it was not worked out.
    public var marginal: BudgetMarginals?

    /// The JSON form of a plan and its frontiers.
    public init(
        plan: Plan,
        energyFrontier: [FrontierPoint],
        latencyFrontier: [FrontierPoint],
        marginal: BudgetMarginals? = nil
    ) {
        self.plan = FleetJSON.Plan(plan)
        self.energyFrontier = energyFrontier.map(Point.init)
        self.latencyFrontier = latencyFrontier.map(Point.init)
        self.marginal = marginal
    }
}

extension PlanJSON.Point {
    init(_ point: FrontierPoint) {
        energyLimitJ = point.energy?.joules
        latencyLimitMs = point.latency?.milliseconds
        quality = point.quality
        bound = point.quality == nil ? nil : point.bound
        activeSet = point.experts.map(\.rawValue)
    }
}
