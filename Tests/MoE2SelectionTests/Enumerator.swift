import Foundation
import MoE2Selection

/// Every feasible set of a problem of up to 16 experts, straight from the definitions and apart from the library: only what a set adds to a
/// smaller one is worked out, and supersets of a set that breaks a limit are passed over.
struct Enumerator {
    private let problem: SelectionProblem
    private let allowed: [Int]
    private let required: Set<Int>
    private let kept: Int
    private let activation: [String: Double]
    private let idle: [String: Double]
    private let memory: [String: Double]
    private let groups: [Set<Int>]
    private(set) var best: (set: [Int], value: Double)?
    private static let tolerance = 1 + 1e-9

    init(_ problem: SelectionProblem) {
        self.problem = problem
        let index = Dictionary(uniqueKeysWithValues: problem.experts.enumerated().map { ($1.id, $0) })
        required = Set(problem.required.compactMap { index[$0] })
        groups = problem.exclusive.map { Set($0.compactMap { index[$0] }) }
        activation = Dictionary(uniqueKeysWithValues: problem.hosts.map { ($0.id, $0.activation.value) })
        idle = Dictionary(uniqueKeysWithValues: problem.hosts.map { ($0.id, $0.idle.value) })
        let limited = problem.hosts.compactMap { host in host.memory.map { (host.id, $0.value) } }
        memory = Dictionary(uniqueKeysWithValues: limited)
        allowed = problem.experts.indices.filter { expert in
            !problem.forbidden.contains(problem.experts[expert].id)
                && problem.limits.latency.allSatisfy { category, limit in
                    let latency = problem.experts[expert].latency[category]?.value ?? 0
                    return latency <= limit.value * Self.tolerance
                }
        }
        kept = problem.temperature > 0 ? problem.teamSize : 1
        let none = [Double](repeating: -.infinity, count: problem.scores.prompts * kept)
        visit(0, [], none)
    }

    /// Looks at `set` with any of the allowed experts from `place` on; `tops` holds the largest scores of every prompt.
    private mutating func visit(_ place: Int, _ set: [Int], _ tops: [Double]) {
        guard place < allowed.count else {
            if !set.isEmpty, required.isSubset(of: set) { offer(set, value(tops)) }
            return
        }
        visit(place + 1, set, tops)
        let larger = set + [allowed[place]]
        guard isWithinLimits(larger) else { return }
        var next = tops
        for prompt in 0..<problem.scores.prompts {
            var score = problem.scores[prompt, allowed[place]]
            for rank in prompt * kept..<(prompt + 1) * kept where score > next[rank] { swap(&score, &next[rank]) }
        }
        visit(place + 1, larger, next)
    }

    private func energy(_ set: [Int]) -> Double {
        let shards = set.map { problem.experts[$0].energy.value }.sorted(by: >).prefix(problem.teamSize)
        return shards.reduce(0, +) + touched(set).reduce(0) { $0 + (activation[$1] ?? 0) }
    }

    private func touched(_ set: [Int]) -> [String] { Set(set.compactMap { problem.experts[$0].host }).sorted() }

    private func isWithinLimits(_ set: [Int]) -> Bool {
        let limits = problem.limits
        func isWithin(_ value: Double, _ limit: Double?) -> Bool { limit.map { value <= $0 * Self.tolerance } ?? true }
        let power = touched(set).reduce(0) { $0 + (idle[$1] ?? 0) }
        return set.count <= limits.maximumExperts ?? .max && isWithin(energy(set), limits.energy?.value)
            && isWithin(power, limits.power?.value)
            && memory.allSatisfy { host, limit in
                let used = set.filter { problem.experts[$0].host == host }.map { problem.experts[$0].memory.value }
                return isWithin(used.reduce(0, +), limit)
            }
            && groups.allSatisfy { group in set.filter(group.contains).count <= 1 }
    }

    private func value(_ tops: [Double]) -> Double {
        var sum = 0.0
        for prompt in 0..<problem.scores.prompts {
            let scores = tops[prompt * kept..<(prompt + 1) * kept].prefix { $0 > -.infinity }
            let top = tops[prompt * kept]
            let temperature = problem.temperature
            let pooled =
                scores.count > 1 ? temperature * log(scores.reduce(0) { $0 + exp(($1 - top) / temperature) }) : 0
            sum += problem.weights[prompt] * (top + pooled)
        }
        return sum
    }

    private mutating func offer(_ set: [Int], _ value: Double) {
        guard let known = best else {
            best = (set, value)
            return
        }
        let isTie = abs(value - known.value) <= 1e-12 * max(1, abs(known.value))
        if isTie ? precedes(set, known.set) : value > known.value { best = (set, value) }
    }

    /// The tie rule: less energy, fewer experts, earlier names.
    private func precedes(_ left: [Int], _ right: [Int]) -> Bool {
        let (a, b) = (energy(left), energy(right))
        if abs(a - b) > 1e-9 * max(a, b) { return a < b }
        if left.count != right.count { return left.count < right.count }
        return left.map { problem.experts[$0].id }.sorted()
            .lexicographicallyPrecedes(right.map { problem.experts[$0].id }.sorted())
    }
}
