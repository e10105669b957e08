public import MoE2Core
public import MoE2Store
public import MoE2Wire

/// What the doors of the gate that are not the wire protocol may use: the same engine, views and rights.
public struct GateAccess: Sendable {
    private let parts: GateParts
    /// Answers queries.
    public let engine: QueryEngine
    /// Decides who a client is and what it may do.
    public let authorizer: any ClientAuthorizer
    /// Answers batches; nil when the gate keeps no store.
    public let batches: BatchEngine?

    /// Files for batches; nil when the gate keeps no store.
    public let files: FileShelf?

    init(
        _ parts: GateParts,
        authorizer: any ClientAuthorizer,
        batches: BatchEngine? = nil,
        files: FileShelf? = nil
    ) {
        self.parts = parts
        self.authorizer = authorizer
        self.batches = batches
        self.files = files
        engine = parts.engine
    }

    /// The fleet at this moment.
    public func fleet() -> FleetSnapshot { parts.view.snapshot() }

    /// How busy every expert of the fleet is.
    public func loads() -> [ExpertID: ExpertLoad] { parts.hub.loads() }

    /// The experts whose circuit breaker is not closed, and whether it is half open.
    public func openBreakers() -> [ExpertID: Bool] {
        parts.breakers.openBreakers().mapValues { $0 == .halfOpen }
    }

    /// How good the predictions of cost were so far.
    public var costCalibration: CostCalibration { parts.costs.calibration }

    /// The category of a query that names none.
    public var defaultCategory: Category { parts.engine.settings.defaultCategory }

    /// The plan of a category and the frontier of quality against budgets.
    /// - Throws: ``StatusError`` when the request makes no sense.
    public func plan(_ request: PlanRequest) async throws(StatusError) -> PlanReply {
        try await parts.planner.explain(request)
    }
}
