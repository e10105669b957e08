import MoE2Core
import Synchronization

/// The fleet at one moment, for people and the dashboard. Counts the queries that are being answered.
final class FleetView: Sendable {
    private let hub: FleetHub
    private let plans: PlanBoard
    private let costs: CostBook
    private let now: @Sendable () -> Duration
    private let started: Duration
    private let active = Mutex(0)

    init(hub: FleetHub, plans: PlanBoard, costs: CostBook, now: @escaping @Sendable () -> Duration) {
        self.hub = hub
        self.plans = plans
        self.costs = costs
        self.now = now
        started = now()
    }

    /// The number of queries being answered.
    var activeQueries: Int { active.withLock { $0 } }

    func snapshot() -> FleetSnapshot {
        FleetSnapshot(
            gateVersion: Version.current,
            uptime: now() - started,
            hosts: hub.hosts(),
            plans: plans.all(),
            activeQueries: activeQueries,
            queuedQueries: hub.waitingShards,
            calibration: costs.calibration
        )
    }
}

extension FleetView: GateObserver {
    func queryStarted(_ query: Query, client: ClientIdentity, category: Category) { active.withLock { $0 += 1 } }
    func queryFinished(_ record: QueryRecord) { active.withLock { $0 -= 1 } }
    func queryDecided(_ query: QueryID, client: ClientIdentity, decision: TeamDecision) {}
    func shardFinished(_ record: ShardRecord) {}
    func planChanged(_ plan: Plan) {}
}
