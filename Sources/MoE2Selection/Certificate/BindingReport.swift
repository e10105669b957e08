/// The limits that keep an expert out of a set that would raise its value.
struct BindingReport {
    private let set: [Int]
    /// The experts out of the set that would raise its value.
    private let raising: [Int]

    /// Looks at the scores of `problem` once; ``limits(of:)`` does not.
    init(_ problem: SelectionProblem, at set: [Int]) {
        self.set = set
        let members = Set(set)
        let bars = Self.bars(problem, set)
        raising = problem.present.filter { !members.contains($0) && Self.raises(problem, $0, above: bars) }
    }

    /// The limits of `problem`, which may have other costs and limits and fewer experts than the one this was made for.
    func limits(of problem: SelectionProblem) -> [Limit] {
        let tolerance = 1 + Feasibility.tolerance
        let limits = problem.limits
        let energies = set.map { problem.experts[$0].energy.value }.sorted(by: >).prefix(problem.teamSize)
        let (energy, power) = (problem.energy(of: set).value, problem.power(of: set).value)
        let last = energies.count < problem.teamSize ? 0 : energies.last ?? 0
        let hosts = Dictionary(uniqueKeysWithValues: problem.hosts.map { ($0.id, $0) })
        let touched = Set(set.compactMap { problem.experts[$0].host })
        let names = Set(set.map { problem.experts[$0].id })
        let forbidden = Set(problem.forbidden)
        var used: [String: Double] = [:]
        for member in set {
            if let host = problem.experts[member].host {
                used[host, default: 0] += problem.experts[member].memory.value
            }
        }
        var binding: Set<Limit> = []
        if let count = limits.maximumExperts, set.count + 1 > count, raising.contains(where: isPresent(problem)) {
            binding.insert(.maximumExperts)
        }
        for index in raising where !problem.absent.contains(index) {
            let expert = problem.experts[index]
            let host = expert.host.flatMap { hosts[$0] }
            let isNew = expert.host.map { !touched.contains($0) } ?? false
            let more = max(0, expert.energy.value - last) + (isNew ? host?.activation.value ?? 0 : 0)
            if let limit = limits.energy, energy + more > limit.value * tolerance { binding.insert(.energy) }
            if let limit = limits.power, power + (isNew ? host?.idle.value ?? 0 : 0) > limit.value * tolerance {
                binding.insert(.power)
            }
            for (category, limit) in limits.latency
            where (expert.latency[category]?.value ?? 0) > limit.value * tolerance {
                binding.insert(.latency(category: category))
            }
            if let host, let limit = host.memory,
                (used[host.id] ?? 0) + expert.memory.value > limit.value * tolerance
            {
                binding.insert(.memory(host: host.id))
            }
            if forbidden.contains(expert.id) { binding.insert(.forbidden) }
            if problem.exclusive.contains(where: { $0.contains(expert.id) && $0.contains(where: names.contains) }) {
                binding.insert(.exclusive)
            }
        }
        return binding.sorted()
    }

    private func isPresent(_ problem: SelectionProblem) -> (Int) -> Bool { { !problem.absent.contains($0) } }

    /// What a score must exceed to count, by prompt: the k-th best of the set, at T = 0 its best; ∞ without weight.
    private static func bars(_ problem: SelectionProblem, _ set: [Int]) -> [Double] {
        let place = problem.temperature > 0 ? problem.teamSize : 1
        let prompts = problem.scores.prompts
        var bars = [Double](repeating: -.infinity, count: prompts)
        if place == 1 {
            bars.withUnsafeMutableBufferPointer { bars in
                for member in set {
                    problem.scores.withColumn(member) { column in
                        for prompt in 0..<prompts {
                            bars[prompt] = bars[prompt] > column[prompt] ? bars[prompt] : column[prompt]
                        }
                    }
                }
            }
        } else if place <= set.count {
            // The best so far, next best and so on down to the k-th, prompt by prompt.
            var tops = [[Double]](repeating: bars, count: place)
            for member in set {
                problem.scores.withColumn(member) { column in
                    for prompt in 0..<prompts { bars[prompt] = column[prompt] }
                }
                for rank in tops.indices {
                    for prompt in 0..<prompts where bars[prompt] > tops[rank][prompt] {
                        swap(&bars[prompt], &tops[rank][prompt])
                    }
                }
            }
            bars = tops[place - 1]
        }
        for prompt in 0..<prompts where problem.weights[prompt] == 0 { bars[prompt] = .infinity }
        return bars
    }

    private static func raises(_ problem: SelectionProblem, _ expert: Int, above bars: [Double]) -> Bool {
        problem.scores.withColumn(expert) { column in
            bars.withUnsafeBufferPointer { bars in bars.indices.contains { column[$0] > bars[$0] } }
        }
    }
}
