import MoE2Core
import MoE2Testing
import MoE2Wire
import Testing

@testable import MoE2Gate

@Suite(.timeLimit(.minutes(1))) struct PlannerLoopTests {
    private let general = Category(rawValue: "general")!

    private func agents(_ names: [String], _ parts: GateParts) throws -> [ScriptedAgent] {
        let agents = names.map { ScriptedAgent($0, hub: parts.hub, script: writing("four")) }
        for agent in agents { try agent.join() }
        return agents
    }

    @Test func plansFollowTheFleetAndSayWhy() async throws {
        let observer = RecordingObserver()
        let parts = engineParts(["good": 2, "poor": 1], observers: [observer])
        _ = try agents(["good", "poor"], parts)
        await parts.planner.replan("hosts joined")
        #expect(parts.plans.plan(for: general)?.activeSet.map(\.rawValue) == ["good"])
        try parts.hub.leave(session: "session-good")
        await parts.planner.replan("host 'host-good' left")
        #expect(parts.plans.plan(for: general)?.activeSet.map(\.rawValue) == ["poor"])
        #expect(observer.plans.map(\.reason) == ["hosts joined", "host 'host-good' left"])
        #expect(observer.plans.map(\.number) == [1, 2])
        #expect(observer.plans.allSatisfy { $0.status == .optimal && $0.bound >= $0.quality })
    }

    @Test func aPlanThatChangesNothingIsKept() async throws {
        let observer = RecordingObserver()
        let parts = engineParts(["good": 2, "poor": 1], observers: [observer])
        _ = try agents(["good"], parts)
        await parts.planner.replan("first")
        _ = try agents(["poor"], parts)
        await parts.planner.replan("a poor one joined")
        await parts.planner.replan("costs drifted")
        #expect(observer.plans.map(\.reason) == ["first"])
    }

    @Test func plansByWhatTheScorerHasLearnedAboutTheCalibrationPrompts() async throws {
        let parts = engineParts(LearningScorer())
        _ = try agents(["left", "right"], parts)
        await parts.planner.replan("first")
        #expect(parts.plans.plan(for: general)?.activeSet.map(\.rawValue) == ["left"])
        let planner = Task { await parts.planner.run() }
        defer { planner.cancel() }
        try await eventually("the scorer has learned") {
            parts.plans.plan(for: general)?.activeSet.map(\.rawValue) == ["right"]
        }
        let version = parts.scorers.version
        #expect(await !parts.planner.problems.prepareScores() && parts.scorers.version == version, "nothing is new")
    }

    @Test func newLimitsMakeNewPlans() async throws {
        let observer = RecordingObserver()
        let parts = engineParts(["good": 2, "poor": 1], observers: [observer])
        _ = try agents(["good", "poor"], parts)
        await parts.planner.replan("first")
        parts.board.settings.categories[general] = CategorySettings(energy: .joules(1e-6))
        await parts.planner.replan("the limits changed")
        #expect(observer.plans.map(\.status) == [.optimal, .infeasible])
    }

    @Test func hostsCanBeImaginedAwayAndBack() async throws {
        let parts = engineParts(["good": 2, "poor": 1])
        _ = try agents(["good", "poor"], parts)
        await parts.planner.replan("first")
        func set(with: [String] = [], without: [String] = []) async throws -> [String] {
            let request = PlanRequest(category: nil, energies: [], latencies: [], without: without, with: with)
            return try await parts.planner.explain(request).plan.activeSet.map(\.rawValue)
        }
        #expect(try await set(without: ["host-good"]) == ["poor"])
        #expect(try await set(without: ["good"]) == ["poor"])
        try parts.hub.leave(session: "session-good")
        await parts.planner.replan("left")
        #expect(try await set() == ["poor"])
        #expect(try await set(with: ["host-good"]) == ["good"])
        _ = try parts.hub.drain(HostID(rawValue: "host-poor")!, true)
        #expect(try await set(with: ["poor"]) == ["poor"])
        await #expect {
            try await set(without: ["gone"])
        } throws: { ($0 as? StatusError)?.message.contains("good, host-good, host-poor, poor") == true }
        // Imagining changes nothing.
        #expect(parts.plans.plan(for: general)?.activeSet.map(\.rawValue) == ["poor"])
    }

    @Test func frontiersAreMonotone() async throws {
        let parts = engineParts(["a": 1, "b": 2, "c": 3])
        _ = try agents(["a", "b", "c"], parts)
        let request = PlanRequest(
            category: nil,
            energies: [],
            latencies: [],
            without: [],
            with: [],
            suggestsLimits: true
        )
        let reply = try await parts.planner.explain(request)
        #expect(reply.energyFrontier.count == 24 && reply.latencyFrontier.count == 24)
        for frontier in [reply.energyFrontier, reply.latencyFrontier] {
            let qualities = frontier.map { $0.quality ?? -.infinity }
            #expect(qualities == qualities.sorted())
            #expect(qualities.first == -.infinity && qualities.last == 3)
        }
        await #expect(throws: StatusError.self) {
            try await parts.planner.explain(
                PlanRequest(category: nil, energies: [0], latencies: [], without: [], with: [])
            )
        }
    }

    /// A set whose cost hovers around its limit is not thrown out and taken back all the time.
    @Test func aCostNearItsLimitDoesNotFlap() {
        var problem = PlanProblem(
            candidates: [
                .init(
                    expert: ExpertID(rawValue: "a")!,
                    host: HostID(rawValue: "h")!,
                    energy: .joules(10.5),
                    latency: .zero
                )
            ],
            hosts: [:],
            scores: [[1]],
            temperature: 1,
            teamSize: 1,
            energyLimit: .joules(10)
        )
        #expect(problem.violatedLimit([0]) == "energy")
        #expect(problem.violatedLimit([0], slack: PlannerLoop.slack) == nil)
        problem.candidates[0].energy = .joules(10.7)
        #expect(problem.violatedLimit([0], slack: PlannerLoop.slack) == "energy")
    }
}
