import Glibc
import MoE2Core
import MoE2Wire

/// Answers what a plan would be: the frontier of quality against budgets, with hosts imagined away or back.
extension PlannerLoop {
    /// The longest all solves of one request may take.
    private static let explainTime = Duration.seconds(5)
    /// Points of a frontier whose limits the gate chooses.
    private static let suggestedPoints = 24

    /// Answers `Fleet/Plan`: the plan in force, or the one that would be with hosts or experts imagined away or back, and
    /// the frontier at the limits asked for.
    /// - Throws: `notFound` when a name was never seen, `invalidArgument` when a limit is not above zero.
    func explain(_ request: PlanRequest) async throws(StatusError) -> PlanReply {
        for limit in request.energies + request.latencies where !(limit > 0 && limit.isFinite) {
            throw StatusError(.invalidArgument, "limit \(limit): every limit of a frontier must be above 0")
        }
        let category = request.category ?? problems.defaultCategory
        let problem = try problems.problem(for: category, with: request.with, without: request.without)
        let energies = request.suggestsLimits ? Self.suggestedEnergies(problem) : request.energies.sorted()
        let latencies = request.suggestsLimits ? Self.suggestedLatencies(problem) : request.latencies.sorted()
        let deadline = min(Self.solveDeadline, Self.explainTime / (energies.count + latencies.count + 1))
        let plan = await plan(category, problem, request, deadline)
        var reply = PlanReply(plan: plan, energyFrontier: [], latencyFrontier: [])
        reply.energyFrontier = await frontier(problem, energies, deadline) { $0.energyLimit = .joules($1) }
        reply.latencyFrontier = await frontier(problem, latencies, deadline) {
            $0.latencyLimit = .milliseconds(clamping: $1)
        }
        return reply
    }

    private func plan(
        _ category: Category,
        _ problem: PlanProblem,
        _ request: PlanRequest,
        _ deadline: Duration
    ) async -> Plan {
        if request.with.isEmpty, request.without.isEmpty, let plan = plans.plan(for: category) { return plan }
        let imagined = [("with", request.with), ("without", request.without)].filter { !$0.1.isEmpty }
            .map { "\($0.0) \($0.1.joined(separator: ", "))" }
        return Self.plan(
            await solver.solve(problem, deadline: deadline),
            category,
            problem,
            number: plans.plan(for: category)?.number ?? 0,
            reason: imagined.isEmpty ? "asked for" : "imagined \(imagined.joined(separator: " and "))"
        )
    }

    /// One point per limit, tightest first; each starts from the set of the one before, which a looser limit allows too.
    private func frontier(
        _ problem: PlanProblem,
        _ limits: [Double],
        _ deadline: Duration,
        _ limit: (inout PlanProblem, Double) -> Void
    ) async -> [FrontierPoint] {
        var points: [FrontierPoint] = []
        var limited = problem
        for value in limits {
            limit(&limited, value)
            let solution = await solver.solve(limited, deadline: deadline)
            limited.incumbent = solution.members
            let isFeasible = solution.status != .infeasible
            points.append(
                FrontierPoint(
                    energy: limited.energyLimit,
                    latency: limited.latencyLimit,
                    quality: isFeasible ? solution.quality : nil,
                    bound: isFeasible ? solution.bound : 0,
                    experts: solution.members.map { limited.candidates[$0].expert }
                )
            )
        }
        return points
    }

    /// From what the cheapest expert needs to what all of them together may cost.
    private static func suggestedEnergies(_ problem: PlanProblem) -> [Double] {
        let all = Array(problem.candidates.indices)
        guard let least = all.map({ problem.energy([$0]).joules }).min() else { return [] }
        return spread(from: least, to: problem.energy(all).joules)
    }

    /// From what the fastest expert needs to what the slowest does.
    private static func suggestedLatencies(_ problem: PlanProblem) -> [Double] {
        let latencies = problem.candidates.map(\.latency.milliseconds)
        guard let least = latencies.min(), let most = latencies.max() else { return [] }
        return spread(from: least, to: most)
    }

    /// Points at equal ratios from a little below `least` to a little above `most`.
    private static func spread(from least: Double, to most: Double) -> [Double] {
        guard least > 0, most >= least, most.isFinite else { return [] }
        let (low, high) = (log(least * 0.9), log(most * 1.1))
        return (0..<suggestedPoints).map { exp(low + (high - low) * Double($0) / Double(suggestedPoints - 1)) }
    }
}
