import Glibc
import MoE2Core
import MoE2Testing
import Synchronization
import Testing

@testable import MoE2Gate

@Suite(.timeLimit(.minutes(1))) struct QueryEngineTests {
    private final class Events: Sendable {
        private let events = Mutex<[QueryEvent]>([])
        func add(_ event: QueryEvent) { events.withLock { $0.append(event) } }
        var text: String {
            events.withLock { $0.compactMap { if case .text(let chunk) = $0 { chunk.text } else { nil } }.joined() }
        }
        var sequences: [UInt32] {
            events.withLock { $0.compactMap { if case .text(let chunk) = $0 { chunk.sequence } else { nil } } }
        }
        var teams: [[String]] {
            events.withLock {
                $0.compactMap {
                    if case .decided(let decision) = $0 { decision.team.map(\.expert.rawValue) } else { nil }
                }
            }
        }
    }

    private func parts(
        _ scores: [String: Double],
        hedging: HedgeSettings? = nil,
        queueLimit: Int = 256
    ) -> GateParts {
        engineParts(scores) { settings in
            settings.hedging = hedging
            settings.queueLimit = queueLimit
        }
    }

    private func query(mode: AnswerMode = .route, teamSize: Int? = nil, mayQueue: Bool = true) -> Query {
        Query(
            id: .random(),
            messages: [Message(role: .user, content: "2+2")],
            mode: mode,
            teamSize: teamSize,
            mayQueue: mayQueue,
            explain: true
        )
    }

    @Test func theBestExpertAnswersAndIsStreamed() async throws {
        let parts = parts(["good": 2, "poor": 1])
        let events = Events()
        let good = ScriptedAgent("good", hub: parts.hub, script: writing("fo", "ur"))
        let poor = ScriptedAgent("poor", hub: parts.hub, script: writing("five"))
        let answer = try await withAgents([good, poor]) {
            try await parts.engine.answer(query(), client: ClientIdentity(name: "c")) { events.add($0) }
        }
        #expect(answer.text == "four")
        #expect(events.text == "four")
        #expect(events.sequences == [0, 1])
        #expect(events.teams == [["good"]])
        #expect(answer.usage.energy == .joules(1))
        #expect(poor.startedShards.isEmpty)
        #expect(parts.view.activeQueries == 0)
    }

    @Test func aFailureBeforeTheFirstTokenGoesUnseen() async throws {
        let parts = parts(["good": 2, "poor": 1])
        let events = Events()
        let agents = [
            ScriptedAgent("good", hub: parts.hub, script: failing()),
            ScriptedAgent("poor", hub: parts.hub, script: writing("four")),
        ]
        let answer = try await withAgents(agents) {
            try await parts.engine.answer(query(), client: ClientIdentity(name: "c")) { events.add($0) }
        }
        #expect(answer.text == "four")
        #expect(answer.retries == 1)
        #expect(answer.degraded == nil)
        #expect(answer.usage.energy == .joules(2), "the failed shard is paid for")
        #expect(events.teams == [["good"], ["poor"]])
    }

    @Test func aFailureAfterTheFirstTokenIsContinued() async throws {
        let parts = parts(["good": 2, "poor": 1])
        let events = Events()
        let poor = ScriptedAgent("poor", hub: parts.hub, script: writing("ur"))
        let agents = [ScriptedAgent("good", hub: parts.hub, script: failing(after: "fo")), poor]
        let answer = try await withAgents(agents) {
            try await parts.engine.answer(query(), client: ClientIdentity(name: "c")) { events.add($0) }
        }
        #expect(answer.text == "four")
        #expect(events.text == "four")
        #expect(events.sequences == [0, 1])
        #expect(poor.startedShards.first?.messages.last == Message(role: .assistant, content: "fo"))
    }

    @Test func anAnswerThatNobodyCanContinueSaysThatItIsDegraded() async throws {
        let parts = parts(["good": 2])
        let agent = ScriptedAgent("good", hub: parts.hub, script: failing(after: "fo"))
        let answer = try await withAgents([agent]) {
            try await parts.engine.answer(query(), client: ClientIdentity(name: "c")) { _ in }
        }
        #expect(answer.text == "fo")
        #expect(answer.finishReason == .interrupted)
        #expect(answer.degraded?.contains("the model server broke") == true)
    }

    @Test func theQuerysOwnFaultIsNotRetried() async throws {
        let parts = parts(["good": 2, "poor": 1])
        let poor = ScriptedAgent("poor", hub: parts.hub, script: writing("four"))
        let agents = [ScriptedAgent("good", hub: parts.hub, script: failing(code: .invalidArgument)), poor]
        await #expect(throws: StatusError.self) {
            try await withAgents(agents) {
                try await parts.engine.answer(query(), client: ClientIdentity(name: "c")) { _ in }
            }
        }
        #expect(poor.startedShards.isEmpty)
    }

    @Test func aLostHostLosesNoQuery() async throws {
        let parts = parts(["good": 2, "poor": 1])
        let good = ScriptedAgent("good", hub: parts.hub, script: silent())
        let poor = ScriptedAgent("poor", hub: parts.hub, script: writing("four"))
        let answer = try await withAgents([good, poor]) {
            async let answer = parts.engine.answer(query(), client: ClientIdentity(name: "c")) { event in
                // The shard is with the agent or about to be: its host goes.
                if case .decided(let decision) = event, decision.team[0].expert == good.expert {
                    Task { try parts.hub.leave(session: "session-good") }
                }
            }
            return try await answer
        }
        #expect(answer.text == "four")
    }

    @Test func aSlowExpertIsHedgedAndTheLoserIsStopped() async throws {
        let parts = parts(
            ["good": 2, "poor": 1],
            hedging: HedgeSettings(factor: 1, minimumDelay: .milliseconds(20), ratio: 1)
        )
        let events = Events()
        let good = ScriptedAgent("good", hub: parts.hub, script: silent())
        let poor = ScriptedAgent("poor", hub: parts.hub, script: writing("four"))
        let answer = try await withAgents([good, poor]) {
            let answer = try await parts.engine.answer(query(), client: ClientIdentity(name: "c")) { events.add($0) }
            try await eventually { !good.cancelledShards.isEmpty }
            return answer
        }
        #expect(answer.text == "four")
        #expect(events.teams == [["good"], ["poor"]])
        #expect(good.cancelledShards == good.startedShards.map(\.id))
    }

    @Test(arguments: [AnswerMode.vote, .best]) func aSlowMemberOfATeamIsHedged(mode: AnswerMode) async throws {
        let parts = parts(
            ["slow": 3, "fast": 2, "spare": 1],
            hedging: HedgeSettings(factor: 1, minimumDelay: .milliseconds(20), ratio: 1)
        )
        let slow = ScriptedAgent("slow", hub: parts.hub, script: silent())
        let fast = ScriptedAgent("fast", hub: parts.hub, script: writing("four"))
        let spare = ScriptedAgent("spare", hub: parts.hub, script: writing("four"))
        let answer = try await withAgents([slow, fast, spare]) {
            let answer = try await parts.engine.answer(
                query(mode: mode, teamSize: 2),
                client: ClientIdentity(name: "c")
            ) { _ in }
            try await eventually { !slow.cancelledShards.isEmpty }
            return answer
        }
        #expect(answer.text == "four")
        #expect(answer.degraded == nil)
        #expect(answer.decision.team.map(\.expert.rawValue) == ["slow", "fast"])
        #expect(Set(answer.candidates.map(\.expert.rawValue)) == ["fast", "spare"])
        #expect(slow.cancelledShards == slow.startedShards.map(\.id))
        // T = 0.5: the weights are those of the experts that answered, renormalised.
        let weight = try #require(answer.candidates.first { $0.expert.rawValue == "spare" }?.weight)
        #expect(abs(weight - 1 / (1 + exp(2))) < 1e-9)
        // Two of a joule each, and what the slow one is taken to have cost.
        #expect(answer.usage.energy > .joules(2))
    }

    /// The budget pays for the team and for no more, so the slow member is waited for.
    @Test func noHedgeGoesAboveTheEnergyBudget() async throws {
        let parts = parts(
            ["slow": 3, "fast": 2, "spare": 1],
            hedging: HedgeSettings(factor: 1, minimumDelay: .milliseconds(1), ratio: 1)
        )
        let slow = ScriptedAgent("slow", hub: parts.hub, script: silent())
        let fast = ScriptedAgent("fast", hub: parts.hub, script: writing("four"))
        let spare = ScriptedAgent("spare", hub: parts.hub, script: writing("four"))
        try await withAgents([slow, fast, spare]) {
            let team = try parts.engine.picker.pickNow(
                parts.engine.admit(query(mode: .vote, teamSize: 2), ClientIdentity(name: "c"), .interactive),
                size: 2
            )
            var limited = query(mode: .vote, teamSize: 2)
            limited.budget.energy = team.team.reduce(.zero) { $0 + $1.predicted.energyCeiling }
            let asking = Task {
                try await parts.engine.answer(limited, client: ClientIdentity(name: "c")) { _ in }
            }
            try await eventually { slow.startedShards.count == 1 && fast.startedShards.count == 1 }
            // Were there a hedge it would come after a millisecond; the slow one is hedged as soon as the limit allows it.
            asking.cancel()
            await #expect(throws: (any Error).self) { try await asking.value }
        }
        #expect(spare.startedShards.isEmpty)
    }

    @Test func aMemberThatFailedIsReplacedOnce() async throws {
        let parts = parts(["a": 4, "b": 3, "c": 2, "d": 1])
        let agents = [
            ScriptedAgent("a", hub: parts.hub, script: failing()),
            ScriptedAgent("b", hub: parts.hub, script: writing("four")),
            ScriptedAgent("c", hub: parts.hub, script: writing("four")),
            ScriptedAgent("d", hub: parts.hub, script: writing("four")),
        ]
        let answer = try await withAgents(agents) {
            try await parts.engine.answer(query(mode: .vote, teamSize: 2), client: ClientIdentity(name: "c")) { _ in }
        }
        #expect(answer.text == "four")
        #expect(answer.degraded == nil)
        #expect(answer.retries == 1)
        #expect(agents[3].startedShards.isEmpty)
    }

    @Test func aClientThatGoesAwayStopsItsShards() async throws {
        let parts = parts(["good": 2])
        let good = ScriptedAgent("good", hub: parts.hub, script: silent())
        try await withAgents([good]) {
            let task = Task {
                try await parts.engine.answer(query(), client: ClientIdentity(name: "c")) { _ in }
            }
            try await eventually { !good.startedShards.isEmpty }
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            try await eventually { !good.cancelledShards.isEmpty }
        }
        #expect(parts.view.activeQueries == 0)
    }

    @Test func anExpertThatKeepsFailingIsLeftAlone() async throws {
        let parts = parts(["good": 2, "poor": 1])
        let good = ScriptedAgent("good", hub: parts.hub, script: failing())
        let poor = ScriptedAgent("poor", hub: parts.hub, script: writing("four"))
        try await withAgents([good, poor]) {
            for _ in 0..<10 {
                let answer = try await parts.engine.answer(query(), client: ClientIdentity(name: "c")) { _ in }
                #expect(answer.text == "four")
            }
        }
        #expect(good.startedShards.count == CircuitBreaker.Settings().threshold)
    }

    @Test func aFullQueueRefusesAtOnce() async throws {
        let parts = parts(["good": 2], queueLimit: 0)
        let good = ScriptedAgent("good", hub: parts.hub, script: silent())
        try await withAgents([good]) {
            // With no room to wait, the first query needs a slot that is there already.
            try await eventually { parts.hub.loads()[good.expert]?.credits == 1 }
            let first = Task { try await parts.engine.answer(query(), client: ClientIdentity(name: "c")) { _ in } }
            try await eventually { !good.startedShards.isEmpty }
            await #expect {
                try await parts.engine.answer(query(), client: ClientIdentity(name: "c")) { _ in }
            } throws: { error in
                (error as? StatusError)?.code == .resourceExhausted && (error as? StatusError)?.retryAfter != nil
            }
            first.cancel()
            _ = await first.result
        }
    }

    @Test func aQueryThatMustNotQueueIsRefusedWhenAllSlotsAreBusy() async throws {
        let parts = parts(["good": 2])
        let good = ScriptedAgent("good", hub: parts.hub, script: silent())
        try await withAgents([good]) {
            let first = Task { try await parts.engine.answer(query(), client: ClientIdentity(name: "c")) { _ in } }
            try await eventually { !good.startedShards.isEmpty }
            await #expect {
                try await parts.engine.answer(query(mayQueue: false), client: ClientIdentity(name: "c")) { _ in }
            } throws: { ($0 as? StatusError)?.message.contains("all its slots are busy") == true }
            first.cancel()
            _ = await first.result
        }
    }
}
