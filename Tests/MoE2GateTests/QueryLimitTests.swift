import MoE2Core
import MoE2Testing
import Synchronization
import Testing

@testable import MoE2Gate

/// Deadlines and energy, whatever agents do.
@Suite(.timeLimit(.minutes(1))) struct QueryLimitTests {
    private let client = ClientIdentity(name: "c")
    /// Never reached by the clock.
    private let limit = Duration.seconds(120)

    private final class Text: Sendable {
        private let text = Mutex("")
        var value: String { text.withLock { $0 } }
        func add(_ more: String) { text.withLock { $0 += more } }
    }

    private func query(
        _ mode: AnswerMode = .route,
        latency: Duration? = nil,
        energy: Energy? = nil,
        teamSize: Int? = nil,
        mayQueue: Bool = true
    ) -> Query {
        Query(
            id: .random(),
            messages: [Message(role: .user, content: "2+2")],
            budget: Budget(energy: energy, latency: latency),
            mode: mode,
            teamSize: teamSize,
            choices: mode == .choice ? ["3", "4"] : [],
            decoding: Decoding(maxTokens: 16),
            mayQueue: mayQueue
        )
    }

    /// An agent that neither answers nor stops: it ends its shard only when the test ends.
    private func deaf(after words: String...) -> ScriptedAgent.Script {
        { _, send in
            for word in words { _ = try await send(word) }
            while true { try await Task.sleep(for: .seconds(3600)) }
        }
    }

    @Test func anExpertThatHangsEndsAtTheDeadline() async throws {
        let (observer, alarm) = (RecordingObserver(), Alarm())
        let parts = engineParts(["good": 2], observers: [observer], alarm: alarm)
        let good = ScriptedAgent("good", hub: parts.hub, script: deaf())
        try await withAgents([good]) {
            let answer = Task { try await parts.engine.answer(query(latency: limit), client: client) { _ in } }
            try await eventually { !good.startedShards.isEmpty }
            alarm.ring()
            await #expect {
                try await answer.value
            } throws: { ($0 as? StatusError)?.code == .deadlineExceeded }
            try await eventually { !good.cancelledShards.isEmpty }
        }
        #expect(observer.queries.map(\.error?.code) == [.deadlineExceeded])
    }

    @Test func whatWasWrittenByTheDeadlineIsTheAnswer() async throws {
        let (written, alarm) = (Text(), Alarm())
        let parts = engineParts(["good": 2], alarm: alarm)
        let good = ScriptedAgent("good", hub: parts.hub, script: deaf(after: "fo", "u"))
        let answer = try await withAgents([good]) {
            let task = Task {
                try await parts.engine.answer(query(latency: limit), client: client) { event in
                    if case .text(let chunk) = event { written.add(chunk.text) }
                }
            }
            try await eventually { written.value == "fou" }
            alarm.ring()
            return try await task.value
        }
        #expect(answer.text == "fou")
        #expect(answer.finishReason == .interrupted)
        #expect(answer.degraded?.contains("latency limit") == true)
    }

    @Test func aTeamAnswersWithoutTheMemberThatHangs() async throws {
        let (observer, alarm) = (RecordingObserver(), Alarm())
        let parts = engineParts(["good": 2, "fair": 1.5, "poor": 1], observers: [observer], alarm: alarm)
        let good = ScriptedAgent("good", hub: parts.hub, script: deaf())
        let agents = [
            good,
            ScriptedAgent("fair", hub: parts.hub, script: writing("four")),
            ScriptedAgent("poor", hub: parts.hub, script: writing("Four.")),
        ]
        let answer = try await withAgents(agents) {
            let vote = query(.vote, latency: limit, teamSize: 3)
            let answer = Task { try await parts.engine.answer(vote, client: client) { _ in } }
            try await eventually { !good.startedShards.isEmpty && observer.shards.count == 2 }
            alarm.ring()
            return try await answer.value
        }
        #expect(answer.text == "four")
        #expect(answer.degraded?.hasPrefix("2 of 3 experts answered") == true)
    }

    @Test func shardsGetTheTimeAndTheEnergyThatAreLeft() async throws {
        let parts = engineParts(["good": 2, "fair": 1.5])
        let agents = ["good", "fair"].map { ScriptedAgent($0, hub: parts.hub, script: writing("four")) }
        _ = try await withAgents(agents) {
            try await parts.engine.answer(
                query(.vote, latency: limit, energy: .joules(10), teamSize: 2),
                client: client
            ) { _ in }
        }
        let shards = agents.flatMap(\.startedShards)
        #expect(shards.count == 2)
        #expect(shards.allSatisfy { $0.timeLeft < limit && $0.timeLeft > .zero })
        let allowed = shards.compactMap(\.energyAllowance?.joules).reduce(0, +)
        #expect(abs(allowed - 10) < 1e-9)
    }

    @Test func allowancesAreSharesOfTheBudget() {
        let members = [3.0, 1.0].map { joules in
            TeamMember(
                expert: ExpertID(rawValue: "e")!,
                host: HostID(rawValue: "h")!,
                weight: 0.5,
                predicted: CostEstimate(
                    latency: .zero,
                    latencyP90: .zero,
                    energy: .joules(joules),
                    energyP90: .joules(joules),
                    source: .measured
                )
            )
        }
        #expect(TeamExecution.allowances(members, of: .joules(8)) == [.joules(6), .joules(2)])
        #expect(TeamExecution.allowances(members, of: nil) == [nil, nil])
    }

    @Test func aQueryWaitsForItsOnlyExpertToComeBack() async throws {
        let parts = engineParts(["good": 2])
        let first = ScriptedAgent("good", hub: parts.hub, script: deaf())
        let second = ScriptedAgent("good", hub: parts.hub, session: "second", script: writing("four"))
        let answer = try await withAgents([first]) {
            let answer = Task { try await parts.engine.answer(query(), client: client) { _ in } }
            try await eventually { !first.startedShards.isEmpty }
            try parts.hub.leave(session: "session-good")
            return try await withAgents([second]) { try await answer.value }
        }
        #expect(answer.text == "four")
        #expect(answer.retries == 1)
        #expect(answer.degraded == nil)
    }

    @Test func aQueryThatMustNotQueueDoesNotWaitForTheFleet() async throws {
        let parts = engineParts(["good": 2])
        let good = ScriptedAgent("good", hub: parts.hub, script: writing("four"))
        try await withAgents([good]) { try parts.hub.leave(session: "session-good") }
        await #expect {
            try await parts.engine.answer(query(mayQueue: false), client: client) { _ in }
        } throws: { ($0 as? StatusError)?.code == .unavailable }
    }

    @Test func aBusyFleetSaysWhenToTryAgain() async throws {
        let parts = engineParts(["good": 2])
        let good = ScriptedAgent("good", hub: parts.hub, script: deaf())
        try await withAgents([good]) {
            let first = Task { try await parts.engine.answer(query(), client: client) { _ in } }
            try await eventually { !good.startedShards.isEmpty }
            await #expect {
                try await parts.engine.answer(query(mayQueue: false), client: client) { _ in }
            } throws: { error in
                let error = error as? StatusError
                return error?.code == .resourceExhausted && error?.retryAfter != nil
            }
            first.cancel()
            _ = await first.result
        }
    }

    @Test func aPlanThatIsOutOfDateDoesNotRefuseQueries() async throws {
        let parts = engineParts(["good": 2, "poor": 1])
        let good = ScriptedAgent("good", hub: parts.hub, script: writing("four"))
        let poor = ScriptedAgent("poor", hub: parts.hub, script: writing("five"))
        let answers = try await withAgents([good, poor]) {
            parts.plans.set(
                Plan(
                    number: 1,
                    category: Category(rawValue: "general")!,
                    activeSet: [good.expert],
                    status: .optimal,
                    quality: 2,
                    bound: 2,
                    gap: 0,
                    energyLimit: nil,
                    latencyLimit: nil,
                    teamSize: 1,
                    reason: "test"
                )
            )
            let before = try await parts.engine.answer(query(), client: client) { _ in }
            // Nobody plans again in this test: the active set is empty now.
            try parts.hub.leave(session: "session-good")
            let after = try await parts.engine.answer(query(), client: client) { _ in }
            return [before.text, after.text]
        }
        #expect(answers == ["four", "five"])
    }

    @Test func everyShardIsBookedOnce() async throws {
        let observer = RecordingObserver()
        let parts = engineParts(["good": 2, "poor": 1], observers: [observer])
        let agents = [
            ScriptedAgent("good", hub: parts.hub, script: failing()),
            ScriptedAgent("poor", hub: parts.hub, script: writing("four")),
        ]
        try await withAgents(agents) {
            for _ in 0..<2 { _ = try await parts.engine.answer(query(), client: client) { _ in } }
        }
        #expect(observer.shards.map(\.cause) == [.first, .retry, .first, .retry])
        #expect(Set(observer.shards.map(\.shard)).count == 4)
        #expect(observer.queries.count == 2)
    }
}
