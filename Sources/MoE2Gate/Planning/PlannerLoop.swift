import Logging
import MoE2Core
import MoE2Wire
import Synchronization

/// Keeps the plan of every category up to date: the gate's slow loop.
///
/// It solves again when the fleet changes and, every few seconds, when costs have drifted. Queries never wait for it. A new
/// set replaces the old one only when the old one no longer fits or the new one is clearly better, so that plans do not
/// flap with every wiggle of a cost.
final class PlannerLoop: Sendable {
    /// How much better a set must be to replace one that still fits, relative to the old quality.
    static let hysteresis = 1e-3
    /// Changes within this time are answered by one plan.
    static let settleTime = Duration.milliseconds(50)
    /// How often costs are looked at.
    static let driftInterval = Duration.seconds(5)
    /// The longest a solve may take.
    static let solveDeadline = Duration.milliseconds(500)

    private struct State {
        var number: UInt64 = 0
        var problems: [Category: PlanProblem] = [:]
        var members: [Category: [ExpertID]] = [:]
    }

    private let problems: PlanProblems
    private let plans: PlanBoard
    private let hub: FleetHub
    private let solver: any PlanSolver
    private let observer: any GateObserver
    private let logger: Logger
    private let state = Mutex(State())

    init(
        problems: PlanProblems,
        plans: PlanBoard,
        hub: FleetHub,
        solver: any PlanSolver,
        observer: any GateObserver,
        logger: Logger
    ) {
        self.problems = problems
        self.plans = plans
        self.hub = hub
        self.solver = solver
        self.observer = observer
        self.logger = logger
    }

    /// Plans until its task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await reason in self.hub.fleetChanges {
                    try? await Task.sleep(for: Self.settleTime)
                    self.replan(reason)
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.driftInterval)
                    self.replan("costs drifted")
                }
            }
        }
    }

    /// Solves for every category and puts better plans in force.
    func replan(_ reason: String) {
        for category in problems.categories { replan(category, reason) }
    }

    private func replan(_ category: Category, _ reason: String) {
        let problem = problems.problem(for: category)
        let isNew = state.withLock { state in
            guard state.problems[category] != problem else { return false }
            state.problems[category] = problem
            return true
        }
        guard isNew else { return }
        let solution = solver.solve(problem, deadline: Self.solveDeadline)
        guard let kept = keptMembers(category, problem, solution) else {
            put(solution, category, problem, reason)
            return
        }
        logger.debug("plan kept", metadata: ["category": "\(category)", "set": "\(kept)"])
    }

    /// The set in force, when it still fits and the new one is hardly better; nil when the new one is to replace it.
    private func keptMembers(_ category: Category, _ problem: PlanProblem, _ solution: PlanSolution) -> [ExpertID]? {
        guard let members = state.withLock({ $0.members[category] }), !members.isEmpty else { return nil }
        let names = problem.candidates.map(\.expert)
        let indices = members.compactMap { names.firstIndex(of: $0) }
        guard indices.count == members.count else { return nil }
        if solution.members == indices.sorted() { return members }
        var alone = problem
        alone.candidates = indices.map { problem.candidates[$0] }
        alone.scores = problem.scores.map { row in indices.map { row[$0] } }
        let now = solver.solve(alone, deadline: Self.solveDeadline)
        guard now.members.count == indices.count else { return nil }
        return solution.quality - now.quality <= Self.hysteresis * max(abs(now.quality), 1e-12) ? members : nil
    }

    private func put(_ solution: PlanSolution, _ category: Category, _ problem: PlanProblem, _ reason: String) {
        let members = solution.members.map { problem.candidates[$0].expert }
        let number = state.withLock { state in
            state.number += 1
            state.members[category] = members
            return state.number
        }
        let plan = Plan(
            number: number,
            category: category,
            activeSet: members,
            status: solution.status,
            quality: solution.quality,
            bound: solution.bound,
            gap: solution.gap,
            energyLimit: problem.energyLimit,
            latencyLimit: problem.latencyLimit,
            teamSize: problem.teamSize,
            binding: solution.binding,
            nodes: solution.nodes,
            solveTime: solution.time,
            reason: reason
        )
        plans.set(plan)
        observer.planChanged(plan)
        logger.info(
            "plan changed",
            metadata: [
                "category": "\(category)", "plan": "\(number)", "status": "\(plan.status)",
                "set": "\(members.map(\.rawValue).joined(separator: " "))", "reason": "\(reason)",
            ]
        )
    }

    /// Answers `Fleet/Plan`: the plan in force, or the one that would be with hosts or experts imagined away, and the
    /// frontier at the limits asked for.
    func explain(_ request: PlanRequest) async throws(StatusError) -> PlanReply {
        let category = request.category ?? problems.defaultCategory
        guard request.with.isEmpty else {
            throw StatusError(
                .unimplemented,
                "only hosts and experts that are in the fleet can be imagined away or back"
            )
        }
        var problem = problems.problem(for: category)
        problem.remove(request.without)
        let solution = solver.solve(problem, deadline: Self.solveDeadline)
        let number = plans.plan(for: category)?.number ?? 0
        let plan = Plan(
            number: number,
            category: category,
            activeSet: solution.members.map { problem.candidates[$0].expert },
            status: solution.status,
            quality: solution.quality,
            bound: solution.bound,
            gap: solution.gap,
            energyLimit: problem.energyLimit,
            latencyLimit: problem.latencyLimit,
            teamSize: problem.teamSize,
            binding: solution.binding,
            nodes: solution.nodes,
            solveTime: solution.time,
            reason: request.without.isEmpty
                ? plans.plan(for: category)?.reason ?? ""
                : "imagined without \(request.without.joined(separator: ", "))"
        )
        return PlanReply(
            plan: plan,
            energyFrontier: request.energies.map { point(problem, energy: .joules($0)) },
            latencyFrontier: request.latencies.map { point(problem, latency: .milliseconds(clamping: $0)) }
        )
    }

    private func point(_ problem: PlanProblem, energy: Energy? = nil, latency: Duration? = nil) -> FrontierPoint {
        var limited = problem
        limited.energyLimit = energy ?? problem.energyLimit
        limited.latencyLimit = latency ?? problem.latencyLimit
        let solution = solver.solve(limited, deadline: Self.solveDeadline)
        let isFeasible = solution.status != .infeasible
        return FrontierPoint(
            energy: limited.energyLimit,
            latency: limited.latencyLimit,
            quality: isFeasible ? solution.quality : nil,
            bound: isFeasible ? solution.bound : 0,
            experts: solution.members.map { limited.candidates[$0].expert }
        )
    }
}
