/// The Pareto frontier of quality against one budget: for every point, no feasible set has as much quality for less.
public struct Frontier: Sendable {
    /// A corner of the frontier.
    public struct Point: Sendable {
        /// What the set uses of the budget: J, or ms in the category.
        public var use: Double
        /// The set and its proof under a budget of `use`.
        public var certificate: Certificate
    }

    /// What is traded for quality.
    public let limit: Limit
    /// Corners, cheapest first.
    public let points: [Point]
    /// Whether every corner is there; otherwise one at or below each of evenly spread budgets.
    public let isComplete: Bool

    /// The frontier against energy, at most `count` corners: the best sets for budgets spread evenly between the least
    /// that some set needs and what the best set within the problem's limits uses.
    public static func energy(_ problem: SelectionProblem, points count: Int, options: SolveOptions) -> Frontier {
        trace(.energy, problem, count, options)
    }

    /// The frontier against the latency of `category`, at most `count` corners.
    public static func latency(
        _ problem: SelectionProblem,
        category: String,
        points count: Int,
        options: SolveOptions
    ) -> Frontier {
        trace(.latency(category: category), problem, count, options)
    }

    private static func trace(
        _ limit: Limit,
        _ problem: SelectionProblem,
        _ count: Int,
        _ options: SolveOptions
    ) -> Frontier {
        let interrupt = Interrupt(options)
        guard count > 0, let model = Model(feasiblePartOf: problem) else {
            return Frontier(limit: limit, points: [], isComplete: true)
        }
        guard let prepared = try? PreparedProblem(model, interrupt) else {
            return Frontier(limit: limit, points: [], isComplete: false)
        }
        var points: [Point] = []
        var limits = problem.limits
        var last: PreparedProblem.Outcome?
        var grid: [Double] = []
        var isComplete = true
        while true {
            if interrupt.isDue { return reversed(limit, points, isComplete: false) }
            let start = PreparedProblem.Start(set: last?.certificate.set, multipliers: last?.multipliers)
            let outcome = prepared.solve(under: limits, options, interrupt, start: start)
            guard outcome.certificate.status != .infeasible else { break }
            let use = use(of: limit, outcome.certificate.set, problem)
            // Every corner takes less than the one before; anything else would never end.
            guard use < points.last?.use ?? .infinity else { break }
            points.append(Point(use: use, certificate: outcome.certificate))
            if last == nil { grid = Self.grid(limit, problem, prepared.experts, to: use, count) }
            last = outcome
            guard let next = next(limit, below: use, problem, prepared.experts, &grid, &isComplete) else { break }
            Self.set(limit, &limits, to: next)
        }
        return reversed(limit, points, isComplete: isComplete)
    }

    private static func reversed(_ limit: Limit, _ points: [Point], isComplete: Bool) -> Frontier {
        Frontier(limit: limit, points: points.reversed(), isComplete: isComplete)
    }

    /// The next smaller budget worth a solve: the largest grid point, or latency of an expert, below `use`.
    private static func next(
        _ limit: Limit,
        below use: Double,
        _ problem: SelectionProblem,
        _ experts: [Int],
        _ grid: inout [Double],
        _ isComplete: inout Bool
    ) -> Double? {
        if case .latency(let category) = limit, grid.isEmpty {
            return experts.map { problem.experts[$0].latency[category]?.value ?? 0 }
                .filter { $0 * (1 + 2 * Feasibility.tolerance) < use }.max()
        }
        isComplete = false
        while let budget = grid.popLast() {
            if budget < use * (1 - 2 * Feasibility.tolerance) { return budget }
        }
        return nil
    }

    /// Ascending budgets below `use`; empty when all corners of a latency frontier are wanted and few enough.
    private static func grid(
        _ limit: Limit,
        _ problem: SelectionProblem,
        _ experts: [Int],
        to use: Double,
        _ count: Int
    ) -> [Double] {
        let least: Double
        switch limit {
        case .latency(let category):
            let times = Set(experts.map { problem.experts[$0].latency[category]?.value ?? 0 })
            if times.count <= count { return [] }
            least = times.min() ?? 0
        default:
            var tight = problem.limits
            tight.energy = 0
            let smallest = InfeasibilityReport(SelectionProblem(problem, limits: tight)).smallest[.energy]
            least = (smallest ?? nil) ?? 0
        }
        guard count > 1 else { return [] }
        // The least budget itself must be on the grid in spite of rounding.
        return (0..<(count - 1)).map { $0 == 0 ? least : least + (use - least) * Double($0) / Double(count - 1) }
    }

    private static func set(_ limit: Limit, _ limits: inout SelectionLimits, to value: Double) {
        if case .latency(let category) = limit {
            limits.latency[category] = Milliseconds(value)
        } else {
            limits.energy = Joules(value)
        }
    }

    private static func use(of limit: Limit, _ set: [Int], _ problem: SelectionProblem) -> Double {
        if case .latency(let category) = limit { return problem.latency(of: set, category: category).value }
        return problem.energy(of: set).value
    }
}
