import Dispatch
import MoE2Core

/// Solves on a thread of its own: a solve may take hundreds of milliseconds, and the threads of the tasks answer
/// queries.
final class SolverQueue: Sendable {
    private let solver: any PlanSolver
    private let queue = DispatchQueue(label: "planner", qos: .utility)

    init(_ solver: any PlanSolver) { self.solver = solver }

    func solve(_ problem: PlanProblem, deadline: Duration) async -> PlanSolution {
        await withCheckedContinuation { continuation in
            queue.async { [solver] in
                continuation.resume(returning: solver.solve(problem, deadline: deadline))
            }
        }
    }
}
