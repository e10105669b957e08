import Logging
import MoE2Core
import MoE2Store

/// The gate's parts, wired. Knows no sockets and no files: tests run it whole.
struct GateParts: Sendable {
    /// What the parts are made from.
    struct Setup: Sendable {
        var engine: EngineSettings
        var sessions = SessionSettings()
        var breaker = CircuitBreaker.Settings()
        var scorer: any ExpertScorer
        var prompts = CalibrationPrompts()
        var fleetPower: Power?
        var maximumExperts: Int?
        var observers: [any GateObserver] = []
        /// Waits; the deadlines of queries go by it.
        var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
        /// Plans are numbered from the one after this.
        var lastPlanNumber: UInt64 = 0
    }

    let hub: FleetHub
    let plans = PlanBoard()
    let scorers: ScorerBoard
    let costs: CostBook
    let breakers: BreakerBoard
    let view: FleetView
    let planner: PlannerLoop
    let engine: QueryEngine
    let board: SettingsBoard

    /// Parts that follow `setup`. `now` is a monotonic clock.
    init(_ setup: Setup, logger: Logger, now: @escaping @Sendable () -> Duration) {
        hub = FleetHub(settings: setup.sessions, logger: logger, now: now)
        scorers = ScorerBoard(setup.scorer)
        costs = CostBook(now: now)
        breakers = BreakerBoard(settings: setup.breaker, now: now)
        view = FleetView(hub: hub, plans: plans, costs: costs, now: now)
        board = SettingsBoard(setup.engine)
        let observer = ObserverGroup([view] + setup.observers)
        planner = PlannerLoop(
            problems: PlanProblems(
                hub: hub,
                costs: costs,
                scorers: scorers,
                prompts: setup.prompts,
                board: board,
                fleetPower: setup.fleetPower,
                maximumExperts: setup.maximumExperts
            ),
            plans: plans,
            hub: hub,
            solver: MonotoneSolver(),
            observer: observer,
            lastPlanNumber: setup.lastPlanNumber,
            logger: logger
        )
        let picker = TeamPicker(
            hub: hub,
            plans: plans,
            scorers: scorers,
            costs: costs,
            breakers: breakers,
            board: board,
            now: now
        )
        let launcher = ShardLauncher(
            hub: hub,
            costs: costs,
            breakers: breakers,
            observer: observer,
            board: board,
            deadlines: DeadlineQueue(now: now, sleep: setup.sleep),
            now: now,
            makeShardID: { .random() }
        )
        engine = QueryEngine(
            picker: picker,
            launcher: launcher,
            throttle: HedgeThrottle(ratio: setup.engine.hedging?.ratio ?? 0),
            board: board,
            logger: logger
        )
    }

    /// Batches that are kept in `journal`.
    func batches(_ journal: BatchJournal, clock: BatchClock, logger: Logger) -> BatchEngine {
        BatchEngine(
            journal: journal,
            problems: BatchProblems(
                hub: hub,
                scorers: scorers,
                costs: costs,
                breakers: breakers,
                settings: engine.settings
            ),
            engine: engine,
            clock: clock,
            logger: logger
        )
    }
}
