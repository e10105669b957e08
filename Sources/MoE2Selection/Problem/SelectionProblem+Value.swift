#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension SelectionProblem {
    /// Q of the experts with the indices `set`; −∞ for the empty set.
    public func value(of set: [Int]) -> Double {
        guard !set.isEmpty else { return -.infinity }
        var sum = 0.0
        var lost = 0.0
        scores.values.withUnsafeBufferPointer { values in
            for prompt in 0..<scores.prompts {
                let base = prompt * scores.experts
                let row =
                    temperature > 0 ? pooled(values, base, set) : set.reduce(-.infinity) { max($0, values[base + $1]) }
                // Compensated: the sum must not depend on the order of thousands of prompts.
                let term = weights[prompt] * row - lost
                let next = sum + term
                lost = (next - sum) - term
                sum = next
            }
        }
        return sum
    }

    private func pooled(_ values: UnsafeBufferPointer<Double>, _ base: Int, _ set: [Int]) -> Double {
        let top = set.map { values[base + $0] }.sorted(by: >).prefix(teamSize)
        guard let best = top.first else { return -.infinity }
        return best + temperature * log(top.reduce(0) { $0 + exp(($1 - best) / temperature) })
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
