import CMoE2Kernels

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
            scores.withColumn(member) { Kernel.variant.raise_scores(rows, $0, scores.prompts) }
        }
    }

    private func pool(_ set: [Int], _ rows: UnsafeMutablePointer<Double>) {
        let kept = min(teamSize, set.count)
        let block = 64
        withUnsafeTemporaryAllocation(of: Double.self, capacity: (kept + 1) * block) { memory in
            guard let tops = memory.baseAddress else { return }
            for start in stride(from: 0, to: scores.prompts, by: block) {
                let length = min(block, scores.prompts - start)
                collect(set, start, length, tops, kept, block)
                for place in 0..<length {
                    var best = -Double.infinity
                    for rank in 0..<kept { best = max(best, tops[rank * block + place]) }
                    var sum = 0.0
                    for rank in 0..<kept { sum += exp((tops[rank * block + place] - best) / temperature) }
                    (rows + start + place).initialize(to: best + temperature * log(sum))
                }
            }
        }
    }

    /// The `kept` largest scores of a set on the `length` prompts from `start`, in as many lines of `block` numbers; one more is scratch.
    private func collect(
        _ set: [Int],
        _ start: Int,
        _ length: Int,
        _ tops: UnsafeMutablePointer<Double>,
        _ kept: Int,
        _ block: Int
    ) {
        guard kept < set.count else {
            for (rank, member) in set.enumerated() {
                scores.withColumn(member) { (tops + rank * block).initialize(from: $0 + start, count: length) }
            }
            return
        }
        tops.initialize(repeating: -.infinity, count: kept * block)
        let carried = tops + kept * block
        for member in set {
            scores.withColumn(member) { carried.initialize(from: $0 + start, count: length) }
            for rank in 0..<kept {
                Kernel.variant.sort_scores(tops + rank * block, carried, length)
            }
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
