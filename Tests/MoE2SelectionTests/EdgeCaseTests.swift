import MoE2Selection
import Testing

@Suite struct EdgeCaseTests {
    private func problem(
        _ rows: [[Double]],
        energies: [Double],
        activation: Double = 0,
        temperature: Double = 0,
        teamSize: Int = 1,
        limits: SelectionLimits = SelectionLimits()
    ) throws -> SelectionProblem {
        try SelectionProblem(
            scores: try ScoreTable(rows: rows, experts: energies.count),
            temperature: temperature,
            teamSize: teamSize,
            experts: energies.indices.map { SelectionExpert(id: "e\($0)", host: "h", energy: Joules(energies[$0])) },
            hosts: [SelectionHost(id: "h", activation: Joules(activation))],
            limits: limits
        )
    }

    @Test("No experts, no prompts, one of each")
    func smallest() throws {
        #expect(try problem([], energies: []).solved().status == .infeasible)
        let free = try problem([], energies: [2, 1]).solved()
        #expect(free.status == .optimal && free.set == [1] && free.value == 0)
        #expect(try problem([[3]], energies: [1]).solved().value == 3)
    }

    @Test("A budget that is met exactly is met, and 1 mJ less is not; the activation is paid once")
    func exactBudget() throws {
        let rows = [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]
        func solve(_ budget: Double) throws -> Certificate {
            try problem(
                rows,
                energies: [0.1, 0.2, 0.3],
                activation: 0.4,
                teamSize: 3,
                limits: SelectionLimits(energy: Joules(budget))
            )
            .solved()
        }
        #expect(try solve(1.0).set == [0, 1, 2])
        #expect(try solve(0.999).set == [0, 1])
        #expect(try solve(0.5).set == [0])
        #expect(try solve(0.499).status == .infeasible)
        #expect(try solve(0).smallestFeasible[.energy] == .some(0.5))
    }

    @Test("Only the k largest energies count")
    func largestEnergies() throws {
        let rows = [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]
        let limits = SelectionLimits(energy: 5)
        #expect(try problem(rows, energies: [5, 5, 5], teamSize: 1, limits: limits).solved().set == [0, 1, 2])
        #expect(try problem(rows, energies: [5, 5, 5], teamSize: 2, limits: limits).solved().set.count == 1)
    }

    @Test("Twins tie: the cheaper one, then the earlier name")
    func twins() throws {
        let rows = [[1.0, 1, 0], [2, 2, 0]]
        #expect(try problem(rows, energies: [3, 2, 1], limits: SelectionLimits(maximumExperts: 1)).solved().set == [1])
        #expect(try problem(rows, energies: [2, 2, 1], limits: SelectionLimits(maximumExperts: 1)).solved().set == [0])
    }

    @Test("Huge and tiny numbers")
    func extremes() throws {
        let rows = [[1e300, -1e300], [-1e300, 1e300]]
        let answer = try problem(rows, energies: [1e308, 1e-300], limits: SelectionLimits(energy: 1e308)).solved()
        #expect(answer.status == .optimal && answer.set == [0, 1])
        let small = try problem([[1e-12, 2e-12]], energies: [1e-9, 2e-9], limits: SelectionLimits(energy: 1.5e-9))
            .solved()
        #expect(small.set == [0])
    }

    @Test("T to 0 goes to the largest score; k above N is k = N")
    func limitsOfTheObjective() throws {
        let rows = [[0.3, 0.7, 0.1], [0.9, 0.2, 0.4]]
        let cold = try problem(rows, energies: [1, 1, 1], limits: SelectionLimits(maximumExperts: 2)).solved()
        for temperature in [1e-9, 1e-6, 1e-4] {
            let warm = try problem(
                rows,
                energies: [1, 1, 1],
                temperature: temperature,
                teamSize: 2,
                limits: SelectionLimits(maximumExperts: 2)
            )
            .solved()
            #expect(warm.set == cold.set && abs(warm.value - cold.value) <= temperature)
        }
        let all = try problem(rows, energies: [1, 1, 1], temperature: 0.5, teamSize: 3).solved()
        let more = try problem(rows, energies: [1, 1, 1], temperature: 0.5, teamSize: 99).solved()
        #expect(all.set == more.set && all.value == more.value)
    }

    @Test("What one more of a budget buys is what a solve with it finds")
    func marginals() throws {
        let rows = [[1.0, 0, 0], [0, 2, 0], [0, 0, 4]]
        let limits = SelectionLimits(energy: 2, maximumExperts: 2)
        let problem = try problem(rows, energies: [1, 1, 1], teamSize: 3, limits: limits)
        let answer = SelectionSolver(SolveOptions(now: standingClock, marginals: true)).solve(problem)
        #expect(answer.set == [1, 2] && answer.marginal[.energy] == 0 && answer.marginal[.maximumExperts] == 0)
        #expect(answer.binding == [.energy, .maximumExperts])
        let loose = try problem.limited(to: SelectionLimits(energy: 2))
        let gain = SelectionSolver(SolveOptions(now: standingClock, marginals: true)).solve(loose).marginal[.energy]
        #expect(abs((gain ?? 0) - 1.0 / 3) <= 1e-12)
    }

    @Test("The checker finds a set that is too dear, a wrong value and a bound below it")
    func checker() throws {
        let problem = try problem([[1.0, 2]], energies: [1, 5], limits: SelectionLimits(energy: 3))
        var certificate = problem.solved()
        let checker = CertificateChecker(problem)
        #expect(checker.faults(certificate).isEmpty)
        certificate.value += 1
        #expect(!checker.faults(certificate).isEmpty)
        certificate = problem.solved()
        certificate.set = [1]
        #expect(!checker.faults(certificate).isEmpty)
        certificate = problem.solved()
        certificate.bound -= 0.5
        #expect(!checker.faults(certificate).isEmpty)
    }

    @Test("Enumeration refuses what it cannot finish")
    func bruteForceLimit() throws {
        let rows = [[Double](repeating: 1, count: 23)]
        let large = try problem(rows, energies: [Double](repeating: 1, count: 23))
        #expect(throws: SelectionError.self) { try BruteForce(SolveOptions(now: standingClock)).solve(large) }
    }
}
