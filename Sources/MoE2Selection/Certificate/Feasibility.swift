/// Checks sets against the limits of a problem, straight from their definition and apart from the solver.
public struct Feasibility {
    /// How far above a limit, relative to it, counts as met: sums of doubles are not exact.
    public static let tolerance = 1e-9

    private let problem: SelectionProblem
    /// The experts by name, where the problem names any.
    private let index: [String: Int]

    /// The rules of `problem`.
    public init(_ problem: SelectionProblem) {
        self.problem = problem
        let isNamed = !(problem.required.isEmpty && problem.forbidden.isEmpty && problem.exclusive.isEmpty)
        var index = [String: Int](minimumCapacity: isNamed ? problem.experts.count : 0)
        if isNamed { for expert in problem.present { index[problem.experts[expert].id] = expert } }
        self.index = index
    }

    /// The limits that `set` breaks; empty when it is feasible. Says nothing of required experts or the empty set.
    public func violations(of set: [Int]) -> [Limit] {
        var broken: [Limit] = []
        let limits = problem.limits
        if let energy = limits.energy, exceeds(problem.energy(of: set).value, energy.value) { broken.append(.energy) }
        if let power = limits.power, exceeds(problem.power(of: set).value, power.value) { broken.append(.power) }
        for (category, limit) in limits.latency
        where exceeds(problem.latency(of: set, category: category).value, limit.value) {
            broken.append(.latency(category: category))
        }
        if let count = limits.maximumExperts, set.count > count { broken.append(.maximumExperts) }
        for host in problem.hosts {
            guard let memory = host.memory else { continue }
            let used = set.filter { problem.experts[$0].host == host.id }.map { problem.experts[$0].memory.value }
            if exceeds(used.reduce(0, +), memory.value) { broken.append(.memory(host: host.id)) }
        }
        let members = Set(set)
        if problem.forbidden.contains(where: { index[$0].map(members.contains) ?? false }) { broken.append(.forbidden) }
        let isShared = problem.exclusive.contains { group in
            Set(group.compactMap { index[$0] }).intersection(members).count > 1
        }
        if isShared { broken.append(.exclusive) }
        return broken.sorted()
    }

    /// Whether `set` is an answer: not empty, with every required expert, within every limit.
    public func isFeasible(_ set: [Int]) -> Bool {
        let members = Set(set)
        return !members.isEmpty && members.isDisjoint(with: problem.absent)
            && problem.required.allSatisfy { index[$0].map(members.contains) ?? false }
            && violations(of: set).isEmpty
    }

    /// Whether an expert is within every latency limit.
    static func isFastEnough(_ expert: SelectionExpert, _ limits: SelectionLimits) -> Bool {
        limits.latency.allSatisfy { category, limit in
            (expert.latency[category]?.value ?? 0) <= limit.value * (1 + tolerance)
        }
    }

    /// The required experts, as indices.
    var required: [Int] { Set(problem.required.compactMap { index[$0] }).sorted() }

    private func exceeds(_ value: Double, _ limit: Double) -> Bool { value > limit * (1 + Self.tolerance) }
}
