import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Gate

@Suite struct BatchPlannerTests {
    private func problem(lines: Int, experts: Int, equal: Bool = false, seed: UInt64) -> BatchProblem {
        var generator = SeededGenerator(seed: seed)
        var problem = BatchProblem(
            experts: (0..<experts).map {
                .init(id: ExpertID(rawValue: "e\($0)")!, slots: .random(in: 1...3, using: &generator))
            }
        )
        for _ in 0..<lines {
            for _ in 0..<experts {
                let cannot = !equal && Int.random(in: 0..<10, using: &generator) == 0
                problem.scores.append(cannot ? -.infinity : equal ? 1 : Float.random(in: -2...0, using: &generator))
                problem.seconds.append(Float.random(in: 0.5...2, using: &generator))
                problem.joules.append(Float.random(in: 1...20, using: &generator))
            }
        }
        return problem
    }

    private func order(_ problem: BatchProblem, energy: Double? = nil, time: Double? = nil, trade: Double = 0)
        -> BatchOrder
    {
        BatchOrder(
            id: BatchID(rawValue: "b")!,
            lines: problem.lines,
            energyLimit: energy.map { .joules($0) },
            timeLimit: time.map { .seconds($0) },
            trade: trade
        )
    }

    private func best(_ problem: BatchProblem, _ line: Int) -> Float? {
        let row = problem.scores[line * problem.experts.count..<(line + 1) * problem.experts.count]
        return row.max().flatMap { $0 > -.infinity ? $0 : nil }
    }

    @Test(arguments: 0..<200) func everyLineStaysWithinTheTrade(seed: Int) throws {
        let trade = [0, 0.1, 0.7, 5][seed % 4]
        let problem = problem(lines: 40, experts: 1 + seed % 6, seed: UInt64(seed))
        let plan = try BatchPlanner.plan(problem, for: order(problem, trade: trade))
        var joules = 0.0
        for (line, planned) in plan.lines.enumerated() {
            guard let best = best(problem, line) else {
                #expect(planned == nil)
                continue
            }
            let planned = try #require(planned)
            let score = problem.scores[line * problem.experts.count + planned.expert]
            #expect(Double(best - score) <= trade + 1e-5)
            #expect(!planned.alternatives.contains(planned.expert))
            #expect(planned.peers <= planned.alternatives.count)
            for peer in planned.alternatives.prefix(planned.peers) {
                #expect(Double(best - problem.scores[line * problem.experts.count + peer]) <= trade + 1e-5)
            }
            joules += Double(problem.joules[line * problem.experts.count + planned.expert])
        }
        #expect(abs(joules - plan.joules) < 1e-3)
    }

    /// Greedy list scheduling ends at most one line's time after the mean.
    @Test(arguments: 0..<50) func equallyGoodExpertsFinishTogether(seed: Int) throws {
        let problem = problem(lines: 200, experts: 2 + seed % 4, equal: true, seed: UInt64(seed))
        let plan = try BatchPlanner.plan(problem, for: order(problem))
        var ends = Array(repeating: 0.0, count: problem.experts.count)
        for (line, planned) in plan.lines.enumerated() {
            let expert = try #require(planned?.expert)
            ends[expert] +=
                Double(problem.seconds[line * problem.experts.count + expert]) / Double(problem.experts[expert].slots)
        }
        #expect(abs((ends.max() ?? 0) - plan.makespan) < 1e-6)
        #expect((ends.max() ?? 0) - (ends.min() ?? 0) <= 2.001)
    }

    @Test(arguments: 0..<100) func anEnergyLimitIsKeptOrRefusedWithTheSmallest(seed: Int) throws {
        let problem = problem(lines: 30, experts: 2 + seed % 5, seed: UInt64(seed))
        let free = try BatchPlanner.plan(problem, for: order(problem))
        let count = problem.experts.count
        let cheapest = (0..<problem.lines).reduce(0.0) { sum, line in
            sum
                + ((0..<count).filter { problem.scores[line * count + $0] > -.infinity }
                    .map { Double(problem.joules[line * count + $0]) }.min() ?? 0)
        }
        var lastQuality = -Double.infinity
        for share in [0.0, 0.2, 0.5, 0.9, 1.0] {
            let limit = cheapest + (free.joules - cheapest) * share + 1e-3
            let plan = try BatchPlanner.plan(problem, for: order(problem, energy: limit))
            #expect(plan.joules <= limit + 1e-6)
            let quality = plan.lines.enumerated().reduce(0.0) { sum, entry in
                sum + (entry.element.map { Double(problem.scores[entry.offset * count + $0.expert]) } ?? 0)
            }
            #expect(quality >= lastQuality - 1e-3)
            lastQuality = quality
        }
        #expect {
            try BatchPlanner.plan(problem, for: order(problem, energy: cheapest * 0.9))
        } throws: { error in
            guard let smallest = (error as? StatusError)?.smallestEnergy else { return false }
            return abs(smallest.joules - cheapest) < 1e-3
        }
    }

    @Test(arguments: 0..<60) func aTimeLimitIsKeptOrRefusedWithTheSmallest(seed: Int) throws {
        let problem = problem(lines: 60, experts: 2 + seed % 4, seed: UInt64(seed))
        let free = try BatchPlanner.plan(problem, for: order(problem))
        var shortest = 0.0
        do {
            _ = try BatchPlanner.plan(problem, for: order(problem, time: 0.1))
            Issue.record("60 lines cannot end in 0.1 s")
        } catch {
            shortest = try #require(error.smallestLatency).seconds
        }
        #expect(shortest <= free.makespan + 1e-9)
        for share in [0.0, 0.3, 1.0] {
            let limit = shortest + (free.makespan - shortest) * share + 1e-6
            #expect(try BatchPlanner.plan(problem, for: order(problem, time: limit)).makespan <= limit + 1e-9)
        }
    }

    @Test func anEmptyFleetAndAnEmptyBatchPlanNothing() throws {
        let nobody = BatchProblem(experts: [])
        #expect(try BatchPlanner.plan(nobody, for: order(nobody)).lines.isEmpty)
        let nothing = problem(lines: 0, experts: 3, seed: 1)
        #expect(try BatchPlanner.plan(nothing, for: order(nothing, energy: 1, time: 1)).makespan == 0)
    }
}
