import Logging
import MoE2Core
import MoE2Testing
import Synchronization

@testable import MoE2Gate

/// Scores by a fixed table.
struct TableScorer: ExpertScorer {
    var table: [String: Double]
    var temperature: Double { 0.5 }
    var origin: String { "table" }
    func scores(prompt: String, category: Category, of experts: [Expert]) -> [ExpertID: Double] {
        Dictionary(uniqueKeysWithValues: table.map { (ExpertID(rawValue: $0)!, $1) })
    }
}

/// Finds `left` best until it is prepared for the planner's prompts, and `right` afterwards.
final class LearningScorer: ExpertScorer {
    private let isPrepared = Mutex(false)
    let temperature = 0.5
    let origin = "lessons"

    func prepare(planning prompts: [String]) async -> Bool {
        isPrepared.withLock { $0 = true }
        return true
    }

    func scores(prompt: String, category: Category, of experts: [Expert]) -> [ExpertID: Double] {
        let best = isPrepared.withLock { $0 } ? "right" : "left"
        return Dictionary(uniqueKeysWithValues: experts.map { ($0.id, $0.id.rawValue == best ? 2 : 1) })
    }
}

/// Hears what the gate does.
final class RecordingObserver: GateObserver {
    private let state = Mutex((shards: [ShardRecord](), queries: [QueryRecord](), plans: [Plan]()))
    var shards: [ShardRecord] { state.withLock { $0.shards } }
    var queries: [QueryRecord] { state.withLock { $0.queries } }
    var plans: [Plan] { state.withLock { $0.plans } }
    func queryStarted(_ query: Query, client: ClientIdentity, category: Category) {}
    func queryDecided(_ query: QueryID, client: ClientIdentity, decision: TeamDecision) {}
    func shardFinished(_ record: ShardRecord) { state.withLock { $0.shards.append(record) } }
    func queryFinished(_ record: QueryRecord) { state.withLock { $0.queries.append(record) } }
    func planChanged(_ plan: Plan) { state.withLock { $0.plans.append(plan) } }
}

/// The end of every query's time, at the moment that the test wants.
final class Alarm: Sendable {
    private let hasRung = Mutex(false)
    func ring() { hasRung.withLock { $0 = true } }
    func sleep() async throws {
        try await eventually("the alarm rings") { hasRung.withLock { $0 } }
    }
}

/// The parts of a gate that scores by `scores`, on the real clock.
func engineParts(
    _ scores: [String: Double],
    categories: [Category: CategorySettings] = [:],
    observers: [any GateObserver] = [],
    alarm: Alarm? = nil,
    _ change: (inout EngineSettings) -> Void = { _ in }
) -> GateParts {
    engineParts(TableScorer(table: scores), categories: categories, observers: observers, alarm: alarm, change)
}

/// The parts of a gate that scores by `scorer`, on the real clock.
func engineParts(
    _ scorer: any ExpertScorer,
    categories: [Category: CategorySettings] = [:],
    observers: [any GateObserver] = [],
    alarm: Alarm? = nil,
    _ change: (inout EngineSettings) -> Void = { _ in }
) -> GateParts {
    let start = ContinuousClock.now
    var settings = EngineSettings(defaultCategory: Category(rawValue: "general")!, categories: categories)
    settings.hedging = nil
    change(&settings)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    var setup = GateParts.Setup(engine: settings, scorer: scorer, observers: observers)
    if let alarm { setup.sleep = { _ in try await alarm.sleep() } }
    return GateParts(
        setup,
        logger: logger,
        now: { ContinuousClock.now - start }
    )
}

/// Runs `body` while the agents poll, and stops them afterwards.
func withAgents<Value: Sendable>(
    _ agents: [ScriptedAgent],
    alongside service: (@Sendable () async -> Void)? = nil,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for agent in agents {
            try agent.join()
            group.addTask { await agent.run() }
        }
        if let service { group.addTask { await service() } }
        defer { group.cancelAll() }
        return try await body()
    }
}
