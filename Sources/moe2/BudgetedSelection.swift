/// Sets of experts under a budget, for evaluations. A set costs the sum of its members' energies and the largest of their
/// latencies. `best` enumerates, so it is exact, which the evaluation of a method should be.
struct BudgetedSelection {
    /// The largest pool that is enumerated; larger ones keep the cheapest experts by energy.
    static let maximumPool = 12

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

    /// The affordable set with the largest `quality`, smallest first among equals; empty if nothing fits.
    func best(_ quality: ([Int]) -> Double) -> [Int] {
        let candidates = Array(singles.sorted { energy([$0]) < energy([$1]) }.prefix(Self.maximumPool)).sorted()
        var best: (set: [Int], quality: Double)?
        for mask in 1..<max(1 << candidates.count, 1) {
            let set = candidates.indices.filter { mask >> $0 & 1 == 1 }.map { candidates[$0] }
            guard fits(set) else { continue }
            let value = quality(set)
            if value > best?.quality ?? -.infinity { best = (set, value) }
        }
        return best?.set ?? []
    }

    /// The set that takes `order` from the front, leaving out what no longer fits; ascending.
    func fill(_ order: [Int]) -> [Int] {
        var set: [Int] = []
        for position in order where fits(set + [position]) { set.append(position) }
        return set.sorted()
    }

    /// The energy of an answer by all of `set`, J.
    func energy(_ set: [Int]) -> Double { set.reduce(0) { $0 + (costs[$1]?.energyJ ?? 0) } }

    private func fits(_ set: [Int]) -> Bool {
        var latency = 0.0
        for position in set {
            guard let cost = costs[position] else { return false }
            latency = max(latency, cost.latencyMs)
        }
        return energy(set) <= energyJ ?? .infinity && latency <= latencyMs ?? .infinity
    }
}
