import Dispatch
import MoE2Core

/// Solves on a thread of its own: a solve may take hundreds of milliseconds, and the threads of the tasks answer
/// queries.
final class SolverQueue: Sendable {
    private let solver: any PlanSolver
    private let queue = DispatchQueue(label: "planner", qos: .utility)

    init(_ solver: any PlanSolver) { self.solver = solver }

    func solve(_ problem: PlanProblem, deadline: Duration) async -> PlanSolution {
        await run { $0.solve(problem, deadline: deadline) }
    }

    func follow(_ problem: PlanProblem, deadline: Duration) async -> PlanSolution {
        await run { $0.follow(problem, deadline: deadline) }
    }

    private func run(_ body: @escaping @Sendable (any PlanSolver) -> PlanSolution) async -> PlanSolution {
        await withCheckedContinuation { continuation in
            queue.async { [solver] in continuation.resume(returning: body(solver)) }
        }
    }
}
