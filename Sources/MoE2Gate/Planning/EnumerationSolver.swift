import MoE2Core

/// Looks at every set of a small fleet; grows one greedily in a larger one, with Q of all candidates as the bound.
struct EnumerationSolver: PlanSolver {
    /// The largest fleet that is enumerated: 4,096 sets.
    static let exactLimit = 12

    func solve(_ problem: PlanProblem, deadline: Duration) -> PlanSolution {
        let start = ContinuousClock.now
        let possible = problem.candidates.indices.filter { isWithinLimits([$0], problem) }
        guard !possible.isEmpty else {
            return PlanSolution(members: [], status: .infeasible, quality: 0, bound: 0, time: .now - start)
        }
        var solution =
            possible.count <= Self.exactLimit
            ? enumerate(possible, problem) : grow(possible, problem)
        solution.binding = binding(solution.members, possible, problem)
        solution.time = .now - start
        return solution
    }

    /// All sets, larger quality first; of equal ones the smaller, then the first in lexicographic order.
    private func enumerate(_ possible: [Int], _ problem: PlanProblem) -> PlanSolution {
        var best: (members: [Int], quality: Double)?
        for bits in 1..<(1 << possible.count) {
            let members = possible.indices.filter { bits >> $0 & 1 == 1 }.map { possible[$0] }
            guard isWithinLimits(members, problem) else { continue }
            let quality = quality(members, problem)
            guard let incumbent = best else {
                best = (members, quality)
                continue
            }
            let isTie = abs(quality - incumbent.quality) <= 1e-12
            if isTie ? members.count < incumbent.members.count : quality > incumbent.quality {
                best = (members, quality)
            }
        }
        let found = best ?? ([], -.infinity)
        return PlanSolution(
            members: found.members,
            status: .optimal,
            quality: found.quality,
            bound: found.quality,
            nodes: UInt64(1 << possible.count) - 1
        )
    }

    private func grow(_ possible: [Int], _ problem: PlanProblem) -> PlanSolution {
        var members: [Int] = []
        var current = -Double.infinity
        var nodes: UInt64 = 0
        while true {
            var next: (member: Int, quality: Double)?
            for candidate in possible where !members.contains(candidate) {
                let set = (members + [candidate]).sorted()
                nodes += 1
                guard isWithinLimits(set, problem) else { continue }
                let quality = quality(set, problem)
                if quality > (next?.quality ?? current) + 1e-12 { next = (candidate, quality) }
            }
            guard let next else { break }
            members = (members + [next.member]).sorted()
            current = next.quality
        }
        let bound = quality(possible, problem)
        return PlanSolution(
            members: members,
            status: bound - current <= 1e-12 ? .optimal : .feasible,
            quality: current,
            bound: bound,
            nodes: nodes
        )
    }

    private func quality(_ members: [Int], _ problem: PlanProblem) -> Double {
        PlanQuality.value(
            problem.scores,
            members: members,
            teamSize: problem.teamSize,
            temperature: problem.temperature
        )
    }

    /// All limits are monotone: a subset of a set within them is within them.
    private func isWithinLimits(_ members: [Int], _ problem: PlanProblem) -> Bool {
        violated(members, problem) == nil
    }

    private func violated(_ members: [Int], _ problem: PlanProblem) -> String? {
        let candidates = members.map { problem.candidates[$0] }
        let hosts = Set(candidates.map(\.host)).compactMap { problem.hosts[$0] }
        if let limit = problem.maximumExperts, members.count > limit { return "max_experts" }
        if let limit = problem.latencyLimit, candidates.contains(where: { $0.latency > limit }) { return "latency" }
        if let limit = problem.energyLimit {
            let shards = candidates.map(\.energy.joules).sorted(by: >).prefix(max(1, problem.teamSize)).reduce(0, +)
            if shards + hosts.reduce(0, { $0 + $1.activation.joules }) > limit.joules { return "energy" }
        }
        if let limit = problem.powerLimit, hosts.reduce(0, { $0 + $1.idle.watts }) > limit.watts { return "power" }
        return nil
    }

    /// The limits that keep a better set out.
    private func binding(_ members: [Int], _ possible: [Int], _ problem: PlanProblem) -> [String] {
        var binding: Set<String> = []
        for candidate in problem.candidates.indices where !members.contains(candidate) {
            if let limit = violated((members + [candidate]).sorted(), problem) { binding.insert(limit) }
        }
        return binding.sorted()
    }
}
