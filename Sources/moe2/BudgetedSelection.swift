/// Exact selection under a budget by enumeration, for evaluations of small pools. A set costs the sum of its members'
/// energies and the largest of their latencies.
struct BudgetedSelection {
    /// The largest pool that is enumerated; larger ones keep the cheapest experts by energy.
    static let maximumPool = 12

    /// Costs per position of the pool; an expert without costs is never chosen.
    let costs: [BudgetFile.Cost?]
    let energyJ: Double?
    let latencyMs: Double?

    /// Positions of the experts that fit alone.
    var singles: [Int] { costs.indices.filter { fits([$0]) } }

    /// The affordable set with the largest `quality`, smallest first among equals; empty if nothing fits.
    func best(_ quality: ([Int]) -> Double) -> [Int] {
        let candidates = Array(
            singles.sorted { (costs[$0]?.energyJ ?? 0) < (costs[$1]?.energyJ ?? 0) }.prefix(Self.maximumPool)
        ).sorted()
        var best: (set: [Int], quality: Double)?
        for mask in 1..<max(1 << candidates.count, 1) {
            let set = candidates.indices.filter { mask >> $0 & 1 == 1 }.map { candidates[$0] }
            guard fits(set) else { continue }
            let value = quality(set)
            if value > best?.quality ?? -.infinity { best = (set, value) }
        }
        return best?.set ?? []
    }

    private func fits(_ set: [Int]) -> Bool {
        var energy = 0.0
        var latency = 0.0
        for position in set {
            guard let cost = costs[position] else { return false }
            energy += cost.energyJ
            latency = max(latency, cost.latencyMs)
        }
        return energy <= energyJ ?? .infinity && latency <= latencyMs ?? .infinity
    }
}
