import MoE2Core

/// Splits a batch into one shard per expert.
///
/// Every line goes to an expert whose value `score − μ·joules` is within δ nats of the best expert's; among those, to the one that
/// would end first, with the lines that have the fewest such experts placed first. δ is what the client would trade for
/// speed: 0 lets only equally good experts share lines. A limit of energy raises the price μ of a joule, a limit of time raises
/// δ, each by just as much as it takes.
enum BatchPlanner {
    /// Experts remembered for a line in case its own fails.
    static let alternatives = 7
    /// Scores closer than this are equal.
    static let tolerance: Float = 1e-6

    private static let bisections = 24

    /// The plan within the order's limits.
    /// - Throws: `resourceExhausted` with the smallest limit that would do.
    static func plan(_ problem: BatchProblem, for order: BatchOrder) throws(StatusError) -> BatchPlan {
        let trade = Float(order.trade)
        let plan = try withinEnergy(problem, trade: trade, limit: order.energyLimit)
        guard let timeLimit = order.timeLimit?.seconds, plan.makespan > timeLimit else { return plan }
        return try inTime(problem, trade: trade, timeLimit: timeLimit, energyLimit: order.energyLimit)
    }

    private static func inTime(
        _ problem: BatchProblem,
        trade: Float,
        timeLimit: Double,
        energyLimit: Energy?
    ) throws(StatusError) -> BatchPlan {
        var high = widestTrade(problem)
        var best = try withinEnergy(problem, trade: high, limit: energyLimit)
        guard best.makespan <= timeLimit else {
            throw StatusError(
                .resourceExhausted,
                """
                the batch cannot end within \(Figures.latency(.seconds(timeLimit))); with every expert at work it takes \
                about \(Figures.latency(.seconds(best.makespan)))
                """,
                smallestLatency: .seconds(best.makespan)
            )
        }
        var low = trade
        for _ in 0..<bisections where high - low > 1e-3 {
            let middle = (low + high) / 2
            let plan = try withinEnergy(problem, trade: middle, limit: energyLimit)
            if plan.makespan <= timeLimit { (high, best) = (middle, plan) } else { low = middle }
        }
        return best
    }

    /// The plan with the lowest price of a joule that keeps to `limit`.
    private static func withinEnergy(
        _ problem: BatchProblem,
        trade: Float,
        limit: Energy?
    ) throws(StatusError) -> BatchPlan {
        let free = split(problem, trade: trade, price: 0)
        guard let limit = limit?.joules, free.joules > limit else { return free }
        let smallest = cheapest(problem)
        guard smallest <= limit else {
            throw StatusError(
                .resourceExhausted,
                """
                the batch cannot be answered within \(Figures.energy(.joules(limit))); the cheapest experts need about \
                \(Figures.energy(.joules(smallest)))
                """,
                smallestEnergy: .joules(smallest)
            )
        }
        // A price so high that energy alone decides, up to lines whose experts cost the same.
        var (low, high): (Float, Float) = (0, 1)
        var best = split(problem, trade: trade, price: high)
        while best.joules > limit, high < 1e12 {
            low = high
            high *= 8
            best = split(problem, trade: trade, price: high)
        }
        guard best.joules <= limit else { return split(problem, trade: 0, price: 1e12) }
        for _ in 0..<bisections {
            let middle = (low + high) / 2
            let plan = split(problem, trade: trade, price: middle)
            if plan.joules <= limit { (high, best) = (middle, plan) } else { low = middle }
        }
        return best
    }

    /// The split at a trade δ and a price μ of a joule.
    static func split(_ problem: BatchProblem, trade: Float, price: Float) -> BatchPlan {
        let count = problem.experts.count
        var plan = BatchPlan(lines: Array(repeating: nil, count: problem.lines), makespan: 0, joules: 0)
        var ends = Array(repeating: 0.0, count: count)
        let ranked = (0..<problem.lines).map { rank(problem, line: $0, trade: trade, price: price) }
        // Lines that only one expert may take come first, so that the others can even the ends out.
        for line in ranked.indices.sorted(by: { (ranked[$0].within, $0) < (ranked[$1].within, $1) }) {
            let candidates = ranked[line].experts
            guard ranked[line].within > 0 else { continue }
            func end(_ expert: Int) -> Double {
                ends[expert] + Double(problem.seconds[line * count + expert]) / Double(problem.experts[expert].slots)
            }
            var chosen = candidates[0]
            for expert in candidates[1..<ranked[line].within] where end(expert) < end(chosen) { chosen = expert }
            ends[chosen] = end(chosen)
            plan.joules += Double(problem.joules[line * count + chosen])
            plan.lines[line] = BatchPlan.Line(
                expert: chosen,
                alternatives: Array(candidates.filter { $0 != chosen }.prefix(alternatives)),
                peers: min(ranked[line].within - 1, alternatives)
            )
        }
        plan.makespan = ends.max() ?? 0
        return plan
    }

    /// The experts that can take the line, best value first, and how many of them are within the trade.
    private static func rank(_ problem: BatchProblem, line: Int, trade: Float, price: Float) -> (
        experts: [Int], within: Int
    ) {
        let count = problem.experts.count
        func value(_ expert: Int) -> Float {
            problem.scores[line * count + expert] - price * problem.joules[line * count + expert]
        }
        let able = (0..<count).filter { problem.scores[line * count + $0] > -.infinity }
            .sorted { (value($1), $0) < (value($0), $1) }
        guard let first = able.first else { return ([], 0) }
        let floor = value(first) - trade - tolerance
        return (able, able.prefix { value($0) >= floor }.count)
    }

    private static func cheapest(_ problem: BatchProblem) -> Double {
        let count = problem.experts.count
        return (0..<problem.lines).reduce(0) { sum, line in
            let costs = (0..<count).filter { problem.scores[line * count + $0] > -.infinity }
                .map { Double(problem.joules[line * count + $0]) }
            return sum + (costs.min() ?? 0)
        }
    }

    /// A trade at which every expert may take every line that it can take.
    private static func widestTrade(_ problem: BatchProblem) -> Float {
        let finite = problem.scores.filter { $0 > -.infinity }
        return (finite.max() ?? 0) - (finite.min() ?? 0) + 1
    }
}
