import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Costs

/// Budgets that a tail refuses are tried again: with a fake clock, in a closed loop in which a refused query teaches nothing.
@Suite struct ForgivingTests {
    /// An expert behind the model: it is asked only when its estimate fits the budget.
    private final class Loop {
        static let patience = 30.0
        let lane = CostLane(
            expert: ExpertID(rawValue: "e")!,
            task: .generate,
            category: Category(rawValue: "math")!
        )
        var model = CostModel(patience: .seconds(Loop.patience))
        var now = 0.0
        var (answered, exceeded, refused) = (0, 0, 0)

        var time: Duration { .milliseconds(clamping: now * 1e3) }

        func estimate(isForPlan: Bool = false) -> CostEstimate {
            let expert = Expert(id: lane.expert, model: "m", backend: "llama.cpp")
            let host = HostStatus(
                host: Host(id: HostID(rawValue: "h")!),
                state: .up,
                experts: [expert],
                report: CapacityReport(),
                lastSeen: .zero,
                joined: .zero
            )
            let prospect = ShardProspect(
                expert: expert,
                host: host,
                capacity: nil,
                category: lane.category,
                promptTokens: 10,
                maxTokens: 4000,
                isForPlan: isForPlan
            )
            return model.estimate(prospect, at: time)
        }

        /// The shard takes `joules` and, with a power of 10 W, a tenth of that in seconds.
        func observe(_ predicted: CostEstimate, joules: Double) {
            let seconds = Duration.milliseconds(clamping: joules * 100)
            let usage = Usage(
                promptTokens: 10,
                completionTokens: 10,
                prefill: .milliseconds(1),
                decode: .milliseconds(2),
                total: seconds,
                energy: .joules(joules),
                energySource: .measured
            )
            let seen = ShardObservation(
                expert: lane.expert,
                category: lane.category,
                task: lane.task,
                promptTokens: 10,
                predicted: predicted,
                elapsed: seconds,
                usage: usage
            )
            model.observe(seen, at: time)
        }

        /// A query with a budget comes: is it answered?
        @discardableResult
        func ask(energy: Double? = nil, latency: Double? = nil, joules: Double) -> Bool {
            let estimate = estimate()
            let (energy, latency) = (
                energy.map(Energy.joules), latency.map { Duration.milliseconds(clamping: $0 * 1e3) }
            )
            if energy.map({ $0 < estimate.energyCeiling }) ?? false
                || latency.map({ $0 < estimate.latencyP90 }) ?? false
            {
                model.refuse(lane, estimate, energy: energy, latency: latency, at: time)
                refused += 1
                return false
            }
            model.start(lane, at: time)
            observe(estimate, joules: joules)
            answered += 1
            if let energy, energy.joules < joules { exceeded += 1 }
            return true
        }

        /// Shards of about 1 J.
        func warmUp(_ count: Int, using random: inout SeededGenerator) {
            for _ in 0..<count {
                ask(joules: Double.random(in: 0.8...1.2, using: &random))
                now += 0.1
            }
        }
    }

    @Test(arguments: 0..<20)
    func aBudgetThatOneSlowShardExceededIsAdmittedAgain(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let loop = Loop()
        loop.warmUp(40, using: &random)
        loop.ask(joules: 10)
        let locked = loop.now
        while loop.now < locked + Loop.patience - 0.5 {
            #expect(!loop.ask(energy: 2, joules: 1), "seed \(seed)")
            loop.now += 1
        }
        loop.now = locked + Loop.patience
        #expect(loop.ask(energy: 2, joules: 1), "seed \(seed)")
        let refused = loop.refused
        for _ in 0..<100 {
            loop.ask(energy: 2, joules: Double.random(in: 0.8...1.2, using: &random))
            loop.now += 0.1
        }
        #expect(loop.refused == refused, "seed \(seed): once it is shown to be past, it is past for all")
    }

    @Test(arguments: 0..<20)
    func soIsALatencyLimit(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let loop = Loop()
        loop.warmUp(40, using: &random)
        loop.ask(joules: 10)
        #expect(!loop.ask(latency: 0.2, joules: 1))
        loop.now += Loop.patience
        #expect(loop.ask(latency: 0.2, joules: 1), "seed \(seed)")
    }

    /// Before anything is known the longest answer counts; that is tried as well when nothing else comes.
    @Test func anUnknownExpertIsTried() {
        let loop = Loop()
        let usual = loop.estimate().energy.joules
        #expect(!loop.ask(energy: usual * 1.1, joules: 1))
        loop.now += Loop.patience
        #expect(loop.ask(energy: usual * 1.1, joules: 1))
    }

    /// An expert that has become slow for good is tried less and less often.
    @Test func whoStaysSlowIsTriedSeldom() {
        var random = SeededGenerator(seed: 1)
        let loop = Loop()
        loop.warmUp(64, using: &random)
        loop.ask(joules: 10)
        for _ in 0..<3600 {
            loop.ask(energy: 2, joules: 10)
            loop.now += 1
        }
        // After 30 s, 1, 2, 4, 8, 16 and then 32 minutes.
        #expect(loop.exceeded == 6)
    }

    /// A machine that is busy for a short while does not change what is usual, however many shards come meanwhile.
    @Test func aShortBusySpellLocksNothingForLong() {
        var random = SeededGenerator(seed: 4)
        let loop = Loop()
        for _ in 0..<10 { loop.warmUp(64, using: &random) }
        for _ in 0..<200 {
            loop.ask(joules: 8)
            loop.now += 0.1
        }
        // All the remembered ratios are of that spell: 64 minutes at most.
        let end = loop.now
        while loop.now < end + 3900, !loop.ask(energy: 2, joules: 1) { loop.now += 10 }
        #expect(loop.now <= end + 3850)
        #expect(loop.estimate().energy < .joules(1.3))
    }

    /// No budget below what the expert usually takes is ever tried.
    @Test func whatIsBelowTheUsualStaysRefused() {
        var random = SeededGenerator(seed: 2)
        let loop = Loop()
        loop.warmUp(64, using: &random)
        loop.ask(joules: 10)
        for _ in 0..<3600 {
            loop.ask(energy: 0.7, joules: 1)
            loop.now += 10
        }
        #expect(loop.answered == 65)
    }

    @Test func oneShardAtATimeTriesAndPlansWaitForIt() {
        var random = SeededGenerator(seed: 3)
        let loop = Loop()
        loop.warmUp(40, using: &random)
        loop.ask(joules: 10)
        #expect(!loop.ask(energy: 2, joules: 1))
        loop.now += Loop.patience
        #expect(loop.estimate().energyCeiling < .joules(2))
        loop.model.start(loop.lane, at: loop.time)
        #expect(loop.estimate().energyCeiling > .joules(2))
        #expect(loop.estimate(isForPlan: true).energyCeiling < .joules(2))
        #expect(!loop.ask(energy: 2, joules: 1))
        // It was never heard of again.
        loop.now += Loop.patience
        #expect(loop.estimate().energyCeiling < .joules(2))
    }

    /// Time changes nothing as long as nobody is refused, so what the p90 covers does not depend on how often shards come.
    @Test(arguments: 0..<50)
    func timeAloneForgivesNothing(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let (slow, still) = (Loop(), Loop())
        for _ in 0..<200 {
            slow.now += Double.random(in: 1...1000, using: &random)
            still.now += 1
            let joules = Double.random(in: 0.2...5, using: &random)
            #expect(slow.estimate() == still.estimate(), "seed \(seed)")
            slow.ask(joules: joules)
            still.ask(joules: joules)
        }
    }

    /// Whatever happened: with time and refusals the estimate only falls, down to the median, and stays a cost.
    @Test(arguments: 0..<100)
    func theTailWearsOffInBoundedTime(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let loop = Loop()
        for _ in 0..<Int.random(in: 1...150, using: &random) {
            loop.now += Double.random(in: 0...20, using: &random)
            let budget = Bool.random(using: &random) ? Double.random(in: 0.1...20, using: &random) : nil
            loop.ask(energy: budget, joules: [1e-9, 0.5, 1, 1.5, 8, 1e12].randomElement(using: &random)!)
        }
        let start = loop.estimate()
        loop.model.refuse(loop.lane, start, energy: start.energy, latency: start.latency, at: loop.time)
        var before = loop.estimate()
        for _ in 0...128 {
            loop.now += Loop.patience
            let cost = loop.estimate()
            #expect(cost.energyP90.isValidCost && cost.energyCeiling.isValidCost, "seed \(seed)")
            #expect(cost.energyP90 <= before.energyP90 && cost.energyCeiling <= before.energyCeiling, "seed \(seed)")
            #expect(cost.latencyP90 <= before.latencyP90, "seed \(seed)")
            #expect(cost.energyCeiling >= cost.energyP90 && cost.energyP90 >= cost.energy, "seed \(seed)")
            before = cost
        }
        #expect(before.energyCeiling == before.energy && before.latencyP90 == before.latency, "seed \(seed)")
    }

    /// An hour of queries every half second, all with the same budget, for an expert with a heavy tail: of all that were asked,
    /// next to none is answered above the budget.
    @Test(arguments: 0..<20)
    func hardlyAnyAnswerExceedsTheBudget(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let loop = Loop()
        loop.warmUp(64, using: &random)
        let budget = Double.random(in: 1.1...4, using: &random)
        let rare = Double.random(in: 0...0.05, using: &random)
        for _ in 0..<7200 {
            let isSlow = Double.random(in: 0..<1, using: &random) < rare
            loop.ask(energy: budget, joules: isSlow ? 5 : Double.random(in: 0.8...1.2, using: &random))
            loop.now += 0.5
        }
        #expect(Double(loop.exceeded) <= 0.01 * 7200, "seed \(seed)")
        #expect(loop.answered > 0, "seed \(seed)")
    }
}
