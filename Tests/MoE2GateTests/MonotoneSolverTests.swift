import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Gate

/// The planner's solver against enumeration, on its own terms.
@Suite struct MonotoneSolverTests {
    private func problem(_ random: inout SeededGenerator, experts: Int) -> PlanProblem {
        PlanProblem(
            candidates: (0..<experts).map { candidate($0, &random) },
            hosts: [
                HostID(rawValue: "h0")!: .init(activation: .joules(1), idle: .watts(5)),
                HostID(rawValue: "h1")!: .init(activation: .joules(0), idle: .watts(30)),
            ],
            scores: (0..<experts).map { _ in (0..<9).map { _ in Double(random.next() % 100) / 25 } },
            temperature: [0, 0.25, 1][Int(random.next() % 3)],
            teamSize: 1 + Int(random.next() % 3)
        )
    }

    private func candidate(_ number: Int, _ random: inout SeededGenerator) -> PlanProblem.Candidate {
        PlanProblem.Candidate(
            expert: ExpertID(rawValue: "e\(number)")!,
            host: HostID(rawValue: "h\(random.next() % 3)")!,
            energy: .joules(Double(1 + random.next() % 9)),
            latency: .milliseconds(Int(10 + random.next() % 90))
        )
    }

    private func limit(_ problem: inout PlanProblem, _ random: inout SeededGenerator) {
        problem.energyLimit = random.next() % 4 == 0 ? nil : .joules(Double(3 + random.next() % 20))
        problem.latencyLimit = random.next() % 3 == 0 ? .milliseconds(Int(30 + random.next() % 70)) : nil
        problem.powerLimit = random.next() % 4 == 0 ? .watts(20) : nil
        problem.maximumExperts = random.next() % 3 == 0 ? Int(1 + random.next() % 4) : nil
    }

    /// The best value of any set within the limits; nil when there is none.
    private func best(_ problem: PlanProblem) -> Double? {
        (1..<(1 << problem.candidates.count)).compactMap { bits -> Double? in
            let members = problem.candidates.indices.filter { bits >> $0 & 1 == 1 }
            return problem.violatedLimit(members) == nil ? problem.quality(members) : nil
        }
        .max()
    }

    private func check(_ solution: PlanSolution, _ problem: PlanProblem, _ label: Comment) {
        guard let best = best(problem) else {
            #expect(solution.status == .infeasible && solution.members.isEmpty && !solution.binding.isEmpty, label)
            return
        }
        #expect(solution.status == .optimal && solution.gap <= 1e-9, label)
        #expect(abs(solution.quality - best) <= 1e-9, label)
        #expect(problem.violatedLimit(solution.members) == nil, label)
        #expect(abs(problem.quality(solution.members) - solution.quality) <= 1e-9, label)
    }

    @Test("The set is the best one, and its quality and bound are true", arguments: 1...20)
    func agreesWithEnumeration(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var problem = problem(&random, experts: 1 + Int(random.next() % 7))
        limit(&problem, &random)
        check(MonotoneSolver().solve(problem, deadline: .seconds(60)), problem, "seed \(seed)")
    }

    @Test("A problem that is followed through events is solved as well", arguments: 1...20)
    func followsEvents(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let solver = MonotoneSolver()
        let all = problem(&random, experts: 7)
        var source = ScoreSource(category: Category(rawValue: "general")!, revision: 0)
        var problem = all
        for event in 0..<10 {
            switch random.next() % 4 {
            case 0: limit(&problem, &random)
            case 1: problem.candidates[Int(random.next() % UInt64(problem.candidates.count))].energy = .joules(4)
            case 2:
                problem = all
                problem.remove(["e\(random.next() % 7)", "e\(random.next() % 7)"])
                limit(&problem, &random)
            default:
                problem = all
                problem.scores[0] = problem.scores[0].map { $0 + Double(event) }
                source.revision += 1
            }
            problem.source = source
            if source.revision > 0 {
                // Scores stay what they were for the same source.
                for (index, candidate) in problem.candidates.enumerated() where candidate.expert.rawValue == "e0" {
                    problem.scores[index] = all.scores[0].map { $0 + Double(source.revision) }
                }
            }
            check(solver.follow(problem, deadline: .seconds(60)), problem, "seed \(seed), event \(event)")
        }
    }

    @Test func aProblemThatMakesNoSenseIsRefusedWithItsField() {
        var random = SeededGenerator(seed: 1)
        var problem = problem(&random, experts: 2)
        problem.scores[1][0] = .nan
        let solution = MonotoneSolver().solve(problem, deadline: .seconds(1))
        #expect(solution.status == .infeasible && solution.binding == ["scores[0][1]"])
    }
}
