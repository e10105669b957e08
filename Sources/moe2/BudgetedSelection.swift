import MoE2Selection

/// Sets of experts under a budget, for evaluations. With teams of k, a set costs the sum of the k largest energies of its
/// members and the largest of their latencies: whichever k of them answer, the budget holds.
struct BudgetedSelection {
    /// The most nodes of one search: the same on every machine, and far more than most searches need.
    static let nodeLimit = 4_000
    /// The most time of one search, on a machine too slow for that.
    static let deadline = Duration.seconds(10)
    /// Team sizes of which every one is tried; larger ones grow by a third.
    static let consecutiveTeamSizes = 8
    private static let category = "query"

    /// A set and how many of its members answer a prompt.
    struct Choice: Hashable {
        /// Positions in the pool, ascending.
        let set: [Int]
        let teamSize: Int
    }

    /// Costs per position of the pool; an expert without costs is never chosen.
    let costs: [BudgetFile.Cost?]
    let energyJ: Double?
    let latencyMs: Double?

    /// Positions of the experts that fit alone.
    var singles: [Int] { costs.indices.filter { fits([$0]) } }

    /// The largest k such that any k of the experts that fit alone fit together.
    var largestTeam: Int {
        let dearest = singles.sorted { energy([$0]) > energy([$1]) }
        return max(dearest.indices.last { fits(Array(dearest[...$0])) } ?? 0, 0) + 1
    }

    /// The affordable set with the largest planned quality for every team size, by the solver of the planner, and every
    /// expert that fits alone. `scores` are the gate's, `[prompt][position]`.
    func choices(scores: [[Double]], temperature: Double) throws -> [Choice] {
        let candidates = singles
        guard !candidates.isEmpty else { return [] }
        var choices = candidates.map { Choice(set: [$0], teamSize: 1) }
        let table = try ScoreTable(rows: scores.map { row in candidates.map { row[$0] } }, experts: candidates.count)
        let clock = ContinuousClock()
        let start = clock.now
        for teamSize in Self.teamSizes(upTo: candidates.count) {
            let problem = try SelectionProblem(
                scores: table,
                temperature: temperature,
                teamSize: teamSize,
                experts: candidates.map {
                    SelectionExpert(
                        id: String($0),
                        energy: Joules(energy([$0])),
                        latency: [Self.category: Milliseconds(costs[$0]?.latencyMs ?? 0)]
                    )
                },
                limits: SelectionLimits(
                    energy: energyJ.map { Joules($0) },
                    latency: latencyMs.map { [Self.category: Milliseconds($0)] } ?? [:]
                )
            )
            let began = clock.now
            let options = SolveOptions(
                now: { clock.now - start },
                deadline: began - start + Self.deadline,
                nodeLimit: Self.nodeLimit
            )
            let found = SelectionSolver(options).solve(problem)
            guard found.status != .infeasible, !found.set.isEmpty else { continue }
            let choice = Choice(set: found.set.map { candidates[$0] }, teamSize: min(teamSize, found.set.count))
            if !choices.contains(choice) { choices.append(choice) }
        }
        return choices
    }

    /// The team sizes that are tried for `count` experts, ascending, the last of them `count`.
    static func teamSizes(upTo count: Int) -> [Int] {
        var sizes = Array(1...max(min(count, consecutiveTeamSizes), 1))
        while let last = sizes.last, last < count { sizes.append(min(last + max(last / 3, 1), count)) }
        return sizes
    }

    /// The set that takes `order` from the front, leaving out what no longer fits; ascending.
    func fill(_ order: [Int]) -> [Int] {
        var set: [Int] = []
        for position in order where fits(set + [position]) { set.append(position) }
        return set.sorted()
    }

    /// The most energy of an answer by `teamSize` (by default all) of `set`, J.
    func energy(_ set: [Int], teamSize: Int? = nil) -> Double {
        set.map { costs[$0]?.energyJ ?? 0 }.sorted(by: >).prefix(teamSize ?? set.count).reduce(0, +)
    }

    private func fits(_ set: [Int]) -> Bool {
        var latency = 0.0
        for position in set {
            guard let cost = costs[position] else { return false }
            latency = max(latency, cost.latencyMs)
        }
        return energy(set) <= energyJ ?? .infinity && latency <= latencyMs ?? .infinity
    }
}
