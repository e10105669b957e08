#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension SelectionProblem {
    /// Q of the experts with the indices `set`; −∞ for the empty set.
    public func value(of set: [Int]) -> Double {
        guard let first = set.first else { return -.infinity }
        let isPooled = temperature > 0 && teamSize > 1 && set.count > 1
        var sum = 0.0
        var lost = 0.0
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(scores.prompts, 1)) { rows in
            guard let rows = rows.baseAddress else { return }
            if isPooled { pool(set, rows) } else { best(first, set, rows) }
            for prompt in 0..<scores.prompts {
                // Compensated: the sum must not depend on the order of thousands of prompts.
                let term = weights[prompt] * rows[prompt] - lost
                let next = sum + term
                lost = (next - sum) - term
                sum = next
            }
        }
        return sum
    }

    private func best(_ first: Int, _ set: [Int], _ rows: UnsafeMutablePointer<Double>) {
        scores.withColumn(first) { rows.initialize(from: $0, count: scores.prompts) }
        for member in set.dropFirst() {
            scores.withColumn(member) { column in
                for prompt in 0..<scores.prompts { rows[prompt] = max(rows[prompt], column[prompt]) }
            }
        }
    }

    private func pool(_ set: [Int], _ rows: UnsafeMutablePointer<Double>) {
        var all = [Double](repeating: 0, count: set.count)
        for prompt in 0..<scores.prompts {
            for (place, member) in set.enumerated() { all[place] = scores[prompt, member] }
            if all.count > teamSize { all.sort(by: >) }
            let top = all.prefix(teamSize)
            let best = top.reduce(-.infinity, max)
            let pooled = best + temperature * log(top.reduce(0) { $0 + exp(($1 - best) / temperature) })
            (rows + prompt).initialize(to: pooled)
        }
    }

    /// The energy per query of a set: its k largest energies and the activation of every host it touches.
    public func energy(of set: [Int]) -> Joules {
        let shards = set.map { experts[$0].energy.value }.sorted(by: >).prefix(teamSize).reduce(0, +)
        let touched = Set(set.compactMap { experts[$0].host })
        return Joules(shards + hosts.filter { touched.contains($0.id) }.reduce(0) { $0 + $1.activation.value })
    }

    /// The idle power of the hosts that a set touches.
    public func power(of set: [Int]) -> Watts {
        let touched = Set(set.compactMap { experts[$0].host })
        return Watts(hosts.filter { touched.contains($0.id) }.reduce(0) { $0 + $1.idle.value })
    }

    /// The longest time of a member of the set in `category`.
    public func latency(of set: [Int], category: String) -> Milliseconds {
        set.map { experts[$0].latency[category] ?? 0 }.max() ?? 0
    }
}
