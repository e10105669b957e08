/// Why no set is feasible, and what would change that.
///
/// All limits are monotone, so some set is feasible exactly when the required experts are, or without any, a single expert.
struct InfeasibilityReport {
    let violated: [Limit]
    let smallest: [Limit: Double?]

    init(_ problem: SelectionProblem) {
        let feasibility = Feasibility(problem)
        let required = feasibility.required
        let cores = required.isEmpty ? problem.present.map { [$0] } : [required]
        let broken = cores.map { Set(feasibility.violations(of: $0)) }
        violated = Self.violated(broken, problem)
        var smallest: [Limit: Double?] = [:]
        for limit in Self.budgets(problem) {
            let alone = zip(cores, broken).filter { $1.subtracting([limit]).isEmpty }.map(\.0)
            smallest[limit] = .some(alone.map { Self.use(of: limit, $0, problem) }.min())
        }
        self.smallest = smallest
    }

    /// The limits that every core breaks; when there is no common one, those of the core that breaks the fewest.
    private static func violated(_ broken: [Set<Limit>], _ problem: SelectionProblem) -> [Limit] {
        guard let first = broken.first else { return [] }
        let common = broken.dropFirst().reduce(first) { $0.intersection($1) }
        if !common.isEmpty { return common.sorted() }
        return
            (broken.min {
                ($0.count, $0.sorted().map(\.description).joined()) < (
                    $1.count, $1.sorted().map(\.description).joined()
                )
            } ?? []).sorted()
    }

    /// The limits that have a size.
    static func budgets(_ problem: SelectionProblem) -> [Limit] {
        var result: [Limit] = []
        if problem.limits.energy != nil { result.append(.energy) }
        if problem.limits.power != nil { result.append(.power) }
        result += problem.limits.latency.keys.sorted().map { .latency(category: $0) }
        if problem.limits.maximumExperts != nil { result.append(.maximumExperts) }
        result += problem.hosts.filter { $0.memory != nil }.map { .memory(host: $0.id) }
        return result
    }

    private static func use(of limit: Limit, _ set: [Int], _ problem: SelectionProblem) -> Double {
        switch limit {
        case .energy: problem.energy(of: set).value
        case .power: problem.power(of: set).value
        case .latency(let category): problem.latency(of: set, category: category).value
        case .maximumExperts: Double(set.count)
        case .memory(let host):
            set.filter { problem.experts[$0].host == host }.reduce(0) { $0 + problem.experts[$1].memory.value }
        case .forbidden, .exclusive: 0
        }
    }
}
