/// The limits that keep an expert out of a set that would raise its value.
enum BindingReport {
    static func limits(of problem: SelectionProblem, at set: [Int]) -> [Limit] {
        let feasibility = Feasibility(problem)
        let members = Set(set)
        let bars = bars(problem, set)
        var binding: Set<Limit> = []
        for expert in problem.experts.indices where !members.contains(expert) {
            guard raises(problem, expert, above: bars) else { continue }
            binding.formUnion(feasibility.violations(of: set + [expert]))
        }
        return binding.sorted()
    }

    /// What a score must exceed to count, by prompt: the k-th best of the set, at T = 0 its best.
    private static func bars(_ problem: SelectionProblem, _ set: [Int]) -> [Double] {
        let place = problem.temperature > 0 ? problem.teamSize : 1
        guard place <= set.count else { return [Double](repeating: -.infinity, count: problem.scores.prompts) }
        return (0..<problem.scores.prompts).map { prompt in
            if place == 1 { return set.reduce(-.infinity) { max($0, problem.scores[prompt, $1]) } }
            return set.map { problem.scores[prompt, $0] }.sorted(by: >)[place - 1]
        }
    }

    private static func raises(_ problem: SelectionProblem, _ expert: Int, above bars: [Double]) -> Bool {
        bars.indices.contains { problem.weights[$0] > 0 && problem.scores[$0, expert] > bars[$0] }
    }
}
