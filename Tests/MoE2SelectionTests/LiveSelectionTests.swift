import MoE2Selection
import MoE2Testing
import Testing

/// A selection that follows its fleet must always say what a fresh solve says.
@Suite struct LiveSelectionTests {
    private let options = SolveOptions(now: standingClock)

    /// The problem of `fleet`, made afresh from the scores by name.
    private func fresh(
        _ base: SelectionProblem,
        _ fleet: SelectionFleet,
        _ columns: [String: [Double]]
    ) throws -> SelectionProblem {
        try SelectionProblem(
            scores: try ScoreTable(
                columns: fleet.experts.map { columns[$0.id] ?? [] },
                prompts: base.scores.prompts
            ),
            weights: base.weights,
            temperature: base.temperature,
            teamSize: base.teamSize,
            experts: fleet.experts,
            hosts: fleet.hosts,
            limits: fleet.limits,
            required: fleet.required,
            forbidden: fleet.forbidden,
            exclusive: fleet.exclusive
        )
    }

    private func columns(_ problem: SelectionProblem) -> [String: [Double]] {
        Dictionary(
            uniqueKeysWithValues: problem.experts.enumerated().map { index, expert in
                (expert.id, (0..<problem.scores.prompts).map { problem.scores[$0, index] })
            }
        )
    }

    @Test("After every event of a random trace the answer is that of a fresh solve", arguments: 1...12)
    func equalsFreshSolve(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<12 {
            let base = try RandomProblems.make(&random, largest: 8)
            var columns = columns(base)
            var fleet = SelectionFleet(base)
            let live = LiveSelection(base, options)
            for event in 0..<12 {
                let name = RandomEvents.apply(&random, &fleet, &columns, prompts: base.scores.prompts)
                let answer = try live.update(to: fleet, options: options) { columns[$0] }
                let problem = try fresh(base, fleet, columns)
                let expected = problem.solved()
                let label: Comment = "seed \(seed), round \(round), event \(event): \(name), \(live.work.rawValue)"
                #expect(answer.status == expected.status, label)
                #expect(abs(answer.value - expected.value) <= 1e-9, label)
                #expect(abs(answer.bound - expected.bound) <= 1e-9, label)
                #expect(answer.binding == expected.binding, label)
                #expect(CertificateChecker(live.problem).faults(answer).isEmpty, label)
                if base.temperature == 0, answer.isCanonical {
                    #expect(live.selected == expected.set.map { problem.experts[$0].id }.sorted(), label)
                }
            }
        }
    }

    @Test("With any node limit the answer is feasible and the bound holds", arguments: 1...4)
    func boundsHold(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<10 {
            let base = try RandomProblems.make(&random, largest: 8)
            var columns = columns(base)
            var fleet = SelectionFleet(base)
            var limited = options
            limited.nodeLimit = random.below(4)
            let live = LiveSelection(base, limited)
            for _ in 0..<8 {
                let name = RandomEvents.apply(&random, &fleet, &columns, prompts: base.scores.prompts)
                let answer = try live.update(to: fleet, options: limited) { columns[$0] }
                let best = try fresh(base, fleet, columns).solved()
                let label: Comment = "seed \(seed), \(name), \(live.work.rawValue)"
                #expect((answer.status == .infeasible) == (best.status == .infeasible), label)
                #expect(CertificateChecker(live.problem).faults(answer).isEmpty, label)
                #expect(answer.value <= best.value + 1e-9 && best.value <= answer.bound + 1e-9, label)
            }
        }
    }

    private func simple() throws -> SelectionProblem {
        try SelectionProblem(
            scores: try ScoreTable(rows: [[3, 0, 1, 2], [0, 3, 1, 2], [1, 1, 2, 0]]),
            experts: ["a", "b", "c", "d"].map { SelectionExpert(id: $0, host: $0, energy: 2, latency: ["x": 5]) },
            limits: SelectionLimits(energy: 9, latency: ["x": 10], maximumExperts: 2)
        )
    }

    @Test("What cannot alter the answer reuses it")
    func reuses() throws {
        let live = LiveSelection(try simple(), options)
        #expect(live.selected == ["a", "b"] && live.certificate.binding == [.maximumExperts])
        var fleet = SelectionFleet(live.problem)
        func update() throws -> LiveSelection.Work {
            try live.update(to: fleet, options: options)
            #expect(live.selected == ["a", "b"])
            return live.work
        }
        fleet.limits.energy = 4
        #expect(try update() == .reused)
        fleet.experts[0].latency["x"] = 9
        #expect(try update() == .reused)
        fleet.experts[3].energy = 3
        #expect(try update() == .reused)
        fleet.experts.remove(at: 3)
        #expect(try update() == .reused)
        fleet.hosts = [SelectionHost(id: "c", activation: 4)]
        #expect(try update() == .reused)
        fleet.experts[2].latency["x"] = 11
        #expect(try update() == .reused)
        #expect(live.certificate.binding == [.energy, .latency(category: "x"), .maximumExperts])
        // An expert of the set that costs more may lose a tie.
        fleet.experts[0].energy = 2.5
        #expect(try update() == .warm)
    }

    @Test("A newcomer, and an expert that comes back, need only the sets with them")
    func extends() throws {
        let live = LiveSelection(try simple(), options)
        var fleet = SelectionFleet(live.problem)
        fleet.experts.append(SelectionExpert(id: "e", energy: 2))
        try live.update(to: fleet, options: options) { _ in [1, 3, 9] }
        #expect(live.work == .extended && live.selected == ["a", "e"])
        fleet.experts.removeAll { $0.id == "d" }
        try live.update(to: fleet, options: options)
        fleet.experts.append(SelectionExpert(id: "d", energy: 2))
        try live.update(to: fleet, options: options)
        #expect(live.work == .extended && live.selected == ["a", "e"])
    }

    @Test("Newcomers that are worse than all others on every prompt are worth what they are worth")
    func poorNewcomers() throws {
        for rows in [[[3.5, 2.25], [1.75, 3]], [[1, 1], [1, 1]]] {
            let base = try SelectionProblem(
                scores: try ScoreTable(rows: rows),
                teamSize: 2,
                experts: [SelectionExpert(id: "a", energy: 5), SelectionExpert(id: "b", energy: 5)],
                limits: SelectionLimits(energy: 5)
            )
            let live = LiveSelection(base, options)
            var fleet = SelectionFleet(base)
            fleet.experts += ["c", "d"].map { SelectionExpert(id: $0, energy: 1) }
            try live.update(to: fleet, options: options) { $0 == "c" ? [0, -1] : [-1, 0] }
            fleet.limits.energy = 1.5
            let answer = try live.update(to: fleet, options: options)
            #expect(live.selected == ["c"] && answer.value == -0.5)
        }
    }

    @Test("A newcomer without scores, or with a wrong number of them, is refused and changes nothing")
    func refuses() throws {
        let live = LiveSelection(try simple(), options)
        var fleet = SelectionFleet(live.problem)
        fleet.experts.append(SelectionExpert(id: "e", energy: 2))
        #expect(throws: SelectionError.self) { try live.update(to: fleet, options: options) }
        #expect(throws: SelectionError.self) { try live.update(to: fleet, options: options) { _ in [1] } }
        #expect(throws: SelectionError.self) { try live.update(to: fleet, options: options) { _ in [1, .nan, 2] } }
        fleet = SelectionFleet(live.problem)
        fleet.experts.append(fleet.experts[0])
        #expect(throws: SelectionError.self) { try live.update(to: fleet, options: options) }
        fleet = SelectionFleet(live.problem)
        fleet.experts[1].energy = -1
        #expect(throws: SelectionError.self) { try live.update(to: fleet, options: options) }
        #expect(live.selected == ["a", "b"] && live.problem.experts.count == 4)
    }
}
