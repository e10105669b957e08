import Logging
import MoE2Core
import MoE2Testing
import Synchronization
import Testing

@testable import MoE2Gate

/// A budget that an expert's tail refuses is tried again after a while, by queries and by plans.
@Suite(.timeLimit(.minutes(1))) struct TriedAgainTests {
    private let client = ClientIdentity(name: "c")
    private let general = Category(rawValue: "general")!
    private let budget = Energy.joules(5)

    private func query(_ energy: Energy? = nil) -> Query {
        Query(
            id: .random(),
            messages: [Message(role: .user, content: "2+2")],
            budget: Budget(energy: energy, latency: nil),
            decoding: Decoding(maxTokens: 16)
        )
    }

    /// The parts of a gate with its own clock.
    private func parts(_ clock: Clock) -> GateParts {
        var settings = EngineSettings(defaultCategory: general, categories: [:])
        settings.hedging = nil
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return GateParts(
            GateParts.Setup(engine: settings, scorer: TableScorer(table: ["good": 2])),
            logger: logger,
            now: { clock.now }
        )
    }

    private final class Clock: Sendable {
        private let time = Mutex(Duration.zero)
        var now: Duration { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    /// A hundred shards of 1 J and then one of 10 J.
    private func slowOnce(_ parts: GateParts) -> ScriptedAgent {
        let count = Mutex(0)
        return ScriptedAgent("good", hub: parts.hub) { _, _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            let usage = Usage(
                promptTokens: 3,
                completionTokens: 2,
                prefill: .milliseconds(10),
                decode: .milliseconds(20),
                total: .milliseconds(100),
                energy: .joules(number == 101 ? 10 : 1),
                energySource: .measured
            )
            return ShardResult(usage: usage)
        }
    }

    @Test func aQueryIsAdmittedAgain() async throws {
        let clock = Clock()
        let parts = parts(clock)
        let good = slowOnce(parts)
        try await withAgents([good]) { [client, budget] in
            for _ in 0..<101 { _ = try await parts.engine.answer(query(), client: client) { _ in } }
            for _ in 0..<3 {
                await #expect {
                    _ = try await parts.engine.answer(query(budget), client: client) { _ in }
                } throws: { error in
                    // What is named as the smallest is what it takes now.
                    let smallest = (error as? StatusError)?.smallestEnergy
                    return smallest.map { $0 > budget && $0 < .joules(11) } == true
                }
                clock.advance(by: .seconds(10))
            }
            for _ in 0..<5 { _ = try await parts.engine.answer(query(budget), client: client) { _ in } }
        }
        #expect(good.startedShards.count == 106)
    }

    @Test func aPlanTakesTheExpertBackWithoutAnyNewShard() async throws {
        let clock = Clock()
        let parts = parts(clock)
        let good = slowOnce(parts)
        try await withAgents([good]) { [client, general, budget] in
            for _ in 0..<101 { _ = try await parts.engine.answer(query(), client: client) { _ in } }
            parts.board.settings.categories[general] = CategorySettings(energy: budget)
            func planned(after duration: Duration) async -> [ExpertID]? {
                clock.advance(by: duration)
                await parts.planner.replan("costs drifted")
                return parts.plans.plan(for: general)?.activeSet
            }
            #expect(await planned(after: .zero) == [])
            #expect(await planned(after: .seconds(29)) == [])
            #expect(await planned(after: .seconds(1)) == [good.expert])
        }
        #expect(good.startedShards.count == 101)
    }
}
