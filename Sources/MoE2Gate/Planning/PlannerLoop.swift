import Logging
import MoE2Core
import MoE2Wire
import Synchronization

/// Keeps the plan of every category up to date: the gate's slow loop.
///
/// It solves again when the fleet or the limits change and, every few seconds, when costs have drifted; it starts from
/// the set in force. Queries never wait for it. A new set replaces the old one only when the old one no longer fits or
/// the new one is clearly better, so that plans do not flap with every wiggle of a cost.
final class PlannerLoop: Sendable {
    /// How much better a set must be to replace one that still fits, relative to the old quality.
    static let hysteresis = 1e-3
    /// How far the costs of a set in force may rise above the limits before it is replaced: a little more than one step of
    /// the rounded costs. A new set has to keep the limits exactly.
    static let slack = 1.06
    /// Changes within this time are answered by one plan.
    static let settleTime = Duration.milliseconds(50)
    /// How often costs are looked at.
    static let driftInterval = Duration.seconds(5)
    /// The longest a solve may take.
    static let solveDeadline = Duration.milliseconds(500)

    private struct State {
        var number: UInt64
        var problems: [Category: PlanProblem] = [:]
        var members: [Category: [ExpertID]] = [:]
    }

    let problems: PlanProblems
    let plans: PlanBoard
    let solver: SolverQueue
    private let hub: FleetHub
    private let observer: any GateObserver
    private let logger: Logger
    private let state: Mutex<State>

    init(
        problems: PlanProblems,
        plans: PlanBoard,
        hub: FleetHub,
        solver: any PlanSolver,
        observer: any GateObserver,
        lastPlanNumber: UInt64,
        logger: Logger
    ) {
        self.problems = problems
        self.plans = plans
        self.hub = hub
        self.solver = SolverQueue(solver)
        self.observer = observer
        self.logger = logger
        state = Mutex(State(number: lastPlanNumber))
    }

    /// Plans until its task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await reason in self.hub.fleetChanges {
                    try? await Task.sleep(for: Self.settleTime)
                    await self.replan(reason)
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.driftInterval)
                    await self.replan("costs drifted")
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    if await self.problems.prepareScores() {
                        await self.replan("the calibration prompts were embedded")
                    }
                    try? await Task.sleep(for: Self.driftInterval)
                }
            }
        }
    }

    /// Solves for every category and puts better plans in force.
    func replan(_ reason: String) async {
        for category in problems.categories where !Task.isCancelled { await replan(category, reason) }
    }

    private func replan(_ category: Category, _ reason: String) async {
        var problem = problems.problem(for: category)
        let members = state.withLock { state -> [ExpertID]? in
            guard state.problems[category] != problem else { return nil }
            state.problems[category] = problem
            return state.members[category] ?? []
        }
        guard let members else { return }
        let inForce = indices(of: members, in: problem)
        problem.incumbent = (inForce ?? []).filter { problem.violatedLimit([$0]) == nil }
        let solution = await solver.follow(problem, deadline: Self.solveDeadline)
        if let inForce, isGoodEnough(inForce, problem, solution) {
            logger.debug("plan kept", metadata: ["category": "\(category)", "set": "\(members)"])
            return
        }
        put(solution, category, problem, reason)
    }

    /// Where the set in force is among the candidates; nil when it is empty or one of it is gone.
    private func indices(of members: [ExpertID], in problem: PlanProblem) -> [Int]? {
        let indices = members.compactMap { member in problem.candidates.firstIndex { $0.expert == member } }
        return indices.isEmpty || indices.count < members.count ? nil : indices.sorted()
    }

    /// Whether the set in force still fits and the new one is hardly better.
    private func isGoodEnough(_ inForce: [Int], _ problem: PlanProblem, _ solution: PlanSolution) -> Bool {
        guard problem.violatedLimit(inForce, slack: Self.slack) == nil else { return false }
        guard solution.status != .infeasible else { return true }
        let quality = problem.quality(inForce)
        return solution.quality - quality <= Self.hysteresis * max(abs(quality), 1e-12)
    }

    private func put(_ solution: PlanSolution, _ category: Category, _ problem: PlanProblem, _ reason: String) {
        let number = state.withLock { state in
            state.number += 1
            state.members[category] = solution.members.map { problem.candidates[$0].expert }
            return state.number
        }
        let plan = Self.plan(solution, category, problem, number: number, reason: reason)
        plans.set(plan)
        observer.planChanged(plan)
        logger.info(
            "plan changed",
            metadata: [
                "category": "\(category)", "plan": "\(number)", "status": "\(plan.status)",
                "set": "\(plan.activeSet.map(\.rawValue).joined(separator: " "))", "reason": "\(reason)",
            ]
        )
    }

    /// The plan that `solution` of `problem` makes.
    static func plan(
        _ solution: PlanSolution,
        _ category: Category,
        _ problem: PlanProblem,
        number: UInt64,
        reason: String
    ) -> Plan {
        Plan(
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
            reason: reason
        )
    }
}
