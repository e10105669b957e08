import MoE2Selection
import MoE2Testing
import Testing

/// Experts that others dominate, in every way that is allowed and nearly so.
@Suite struct DominanceTests {
    /// `problem` with more experts like those that are there: worse on some prompts or nowhere, dearer or not, on the same host or another.
    private func crowded(_ problem: SelectionProblem, _ random: inout SeededGenerator) throws -> SelectionProblem {
        let prompts = problem.scores.prompts
        var columns = problem.experts.indices.map { expert in (0..<prompts).map { problem.scores[$0, expert] } }
        var experts = problem.experts
        while experts.count < 10 {
            let index = random.below(problem.experts.count)
            var expert = problem.experts[index]
            expert.id = "\(random.below(2) == 0 ? "a" : "z")\(experts.count)"
            if random.below(3) == 0 { expert.host = random.pick([nil, "h0", "h1"]) }
            expert.energy.value += random.pick([0, 0, 1, 0.25, -0.25]) * min(1, expert.energy.value)
            expert.memory.value += random.pick([0, 0, 1])
            let loss = random.pick([0, 0, 1, 2])
            let column = columns[index].map { score in loss > 0 && random.below(3) == 0 ? score - Double(loss) : score }
            experts.append(expert)
            columns.append(column)
        }
        return try SelectionProblem(
            scores: try ScoreTable(columns: columns, prompts: prompts),
            weights: problem.weights,
            teamSize: problem.teamSize,
            experts: experts,
            hosts: problem.hosts,
            limits: problem.limits,
            required: problem.required,
            forbidden: problem.forbidden,
            exclusive: problem.exclusive
        )
    }

    @Test("Dropping dominated experts changes neither the value nor the set", arguments: 1...12)
    func isExact(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for index in 0..<25 {
            let problem = try crowded(try RandomProblems.make(&random, largest: 5), &random)
            let expected = try BruteForce(SolveOptions(now: standingClock)).solve(problem)
            let found = problem.solved()
            let label: Comment = "seed \(seed), problem \(index)"
            #expect(found.status == expected.status && abs(found.value - expected.value) <= 1e-9, label)
            #expect(found.set == expected.set || found.status == .infeasible, label)
            #expect(CertificateChecker(problem).faults(found).isEmpty, label)
        }
    }

    @Test("Of many twins the first by name is taken, without a search among them")
    func twins() throws {
        let rows = (0..<12).map { prompt in (0..<24).map { expert in expert / 6 == prompt % 4 ? 1.0 : 0 } }
        let problem = try SelectionProblem(
            scores: try ScoreTable(rows: rows),
            teamSize: 24,
            experts: (0..<24).map { SelectionExpert(id: "e\($0 < 10 ? "0" : "")\($0)", energy: 2) },
            limits: SelectionLimits(energy: 6)
        )
        let answer = problem.solved()
        #expect(answer.set == [0, 6, 12] && answer.value == 0.75 && answer.isCanonical)
        #expect(answer.nodes <= 10)
    }
}
