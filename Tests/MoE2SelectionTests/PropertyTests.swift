import MoE2Selection
import MoE2Testing
import Testing

/// What must hold of any answer, whatever the problem.
@Suite struct PropertyTests {
    private func problems(
        _ seed: UInt64,
        _ count: Int,
        _ body: (SelectionProblem, inout SeededGenerator) throws -> Void
    ) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<count { try body(try RandomProblems.make(&random, largest: 8), &random) }
    }

    @Test("Any node limit gives a feasible set and a bound around the optimum", arguments: 1...6)
    func boundsHold(seed: UInt64) throws {
        try problems(seed, 30) { problem, _ in
            let best = problem.solved()
            var lastBound = Double.infinity
            for limit in [0, 1, 2, 5, 20] {
                let cut = SelectionSolver(SolveOptions(now: standingClock, nodeLimit: limit)).solve(problem)
                #expect(CertificateChecker(problem).faults(cut).isEmpty, "seed \(seed)")
                #expect(cut.bound.isFinite && cut.gap.isFinite, "seed \(seed)")
                guard best.status == .optimal else {
                    #expect(cut.status == .infeasible, "seed \(seed)")
                    continue
                }
                #expect(cut.value <= best.value + 1e-9 && best.value <= cut.bound + 1e-9, "seed \(seed)")
                #expect(cut.bound <= lastBound + 1e-9, "seed \(seed)")
                lastBound = cut.bound
            }
        }
    }

    @Test("A deadline of zero and a cancelled solve still answer with a valid bound", arguments: 1...4)
    func deadlineOfZero(seed: UInt64) throws {
        try problems(seed, 30) { problem, _ in
            let best = problem.solved()
            let cancellation = Cancellation()
            cancellation.cancel()
            for options in [
                SolveOptions(now: standingClock, deadline: .zero),
                SolveOptions(now: standingClock, cancellation: cancellation),
            ] {
                let cut = SelectionSolver(options).solve(problem)
                #expect((cut.status == .infeasible) == (best.status == .infeasible), "seed \(seed)")
                #expect(CertificateChecker(problem).faults(cut).isEmpty, "seed \(seed)")
                #expect(best.value <= cut.bound + 1e-9 && cut.bound.isFinite, "seed \(seed)")
            }
        }
    }

    @Test("The order of experts and prompts, and the scale of the weights, change nothing", arguments: 1...6)
    func invariance(seed: UInt64) throws {
        try problems(seed, 25) { problem, random in
            let columns = problem.experts.indices.shuffled(using: &random)
            let rows = (0..<problem.scores.prompts).shuffled(using: &random)
            let shuffled = try SelectionProblem(
                scores: try ScoreTable(
                    rows: rows.map { row in columns.map { problem.scores[row, $0] } },
                    experts: columns.count
                ),
                weights: rows.map { problem.weights[$0] * 37 },
                temperature: problem.temperature,
                teamSize: problem.teamSize,
                experts: columns.map { problem.experts[$0] },
                hosts: problem.hosts.reversed(),
                limits: problem.limits,
                required: problem.required,
                forbidden: problem.forbidden,
                exclusive: problem.exclusive.reversed()
            )
            let (one, other) = (problem.solved(), shuffled.solved())
            #expect(one.status == other.status && abs(one.value - other.value) <= 1e-9, "seed \(seed)")
            guard problem.temperature == 0 else { return }
            #expect(
                one.set.map { problem.experts[$0].id }.sorted() == other.set.map { shuffled.experts[$0].id }.sorted(),
                "seed \(seed)"
            )
        }
    }

    @Test("Larger budgets and one more expert never lower the value", arguments: 1...6)
    func monotone(seed: UInt64) throws {
        try problems(seed, 25) { problem, random in
            let before = problem.solved()
            var limits = problem.limits
            limits.energy = limits.energy.map { Joules($0.value * 1.3 + 0.5) }
            limits.power = limits.power.map { Watts($0.value * 1.3) }
            limits.latency = limits.latency.mapValues { Milliseconds($0.value * 1.2) }
            limits.maximumExperts = limits.maximumExperts.map { $0 + 1 }
            let after = try problem.limited(to: limits).solved()
            if before.status == .optimal {
                #expect(after.status == .optimal && after.value >= before.value - 1e-9, "seed \(seed)")
            }
        }
    }

    @Test("An unselected expert that leaves changes nothing; a start changes nothing", arguments: 1...6)
    func leaving(seed: UInt64) throws {
        try problems(seed, 25) { problem, random in
            let before = problem.solved()
            guard before.status == .optimal, problem.temperature == 0 else { return }
            let start = problem.experts.indices.filter { _ in random.below(2) == 0 }
            #expect(problem.solved(start: start).set == before.set, "seed \(seed)")
            let others = problem.experts.indices.filter { !before.set.contains($0) }
            guard let gone = others.randomElement(using: &random) else { return }
            let without = try SelectionProblem(
                scores: problem.scores,
                weights: problem.weights,
                teamSize: problem.teamSize,
                experts: problem.experts,
                hosts: problem.hosts,
                limits: problem.limits,
                required: problem.required,
                forbidden: problem.forbidden + [problem.experts[gone].id],
                exclusive: problem.exclusive
            )
            #expect(without.solved().set == before.set, "seed \(seed)")
        }
    }

    @Test("The smallest budget that is reported is enough, and a little less is not", arguments: 1...8)
    func smallestBudgets(seed: UInt64) throws {
        try problems(seed, 60) { problem, _ in
            let answer = problem.solved()
            guard answer.status == .infeasible else { return }
            #expect(!answer.binding.isEmpty || !problem.required.isEmpty, "seed \(seed)")
            for (limit, smallest) in answer.smallestFeasible {
                guard let smallest else { continue }
                func solved(_ value: Double) throws -> Certificate.Status? {
                    var limits = problem.limits
                    switch limit {
                    case .energy: limits.energy = Joules(value)
                    case .power: limits.power = Watts(value)
                    case .latency(let category): limits.latency[category] = Milliseconds(value)
                    case .maximumExperts: limits.maximumExperts = Int(value.rounded())
                    default: return nil
                    }
                    return try problem.limited(to: limits).solved().status
                }
                if let status = try solved(smallest) { #expect(status == .optimal, "seed \(seed), \(limit)") }
                let less = limit == .maximumExperts ? smallest - 1 : smallest * (1 - 1e-6)
                if less >= 0, smallest > 0, let status = try solved(less) {
                    #expect(status == .infeasible, "seed \(seed), \(limit)")
                }
            }
        }
    }

    @Test("Polyblock agrees", arguments: 1...4)
    func polyblock(seed: UInt64) throws {
        try problems(seed, 25) { problem, _ in
            let (one, other) = (problem.solved(), Polyblock(SolveOptions(now: standingClock)).solve(problem))
            #expect(one.status == other.status && abs(one.value - other.value) <= 1e-9, "seed \(seed)")
        }
    }

    @Test("Every corner of a frontier is the best set for what it uses", arguments: 1...2)
    func frontiers(seed: UInt64) throws {
        try problems(seed, 5) { problem, _ in
            let options = SolveOptions(now: standingClock)
            for frontier in [
                Frontier.energy(problem, points: 6, options: options),
                Frontier.latency(problem, category: "a", points: 20, options: options),
            ] {
                var last = -Double.infinity
                for point in frontier.points {
                    #expect(point.certificate.value > last || problem.temperature > 0, "seed \(seed)")
                    last = point.certificate.value
                    var limits = problem.limits
                    if frontier.limit == .energy {
                        limits.energy = Joules(point.use)
                    } else {
                        limits.latency["a"] = Milliseconds(point.use)
                    }
                    let alone = try problem.limited(to: limits).solved()
                    #expect(abs(alone.value - point.certificate.value) <= 1e-9, "seed \(seed)")
                }
                #expect(frontier.points.isEmpty == (problem.solved().status == .infeasible), "seed \(seed)")
            }
        }
    }
}
