import MoE2Core

/// Finds the active set.
protocol PlanSolver: Sendable {
    /// The best set within the limits, or the best found by the deadline with a bound on what was missed.
    func solve(_ problem: PlanProblem, deadline: Duration) -> PlanSolution
}
