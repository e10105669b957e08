import MoE2Core

/// Finds the active set.
protocol PlanSolver: Sendable {
    /// The best set within the limits, or the best found by the deadline with a bound on what was missed.
    func solve(_ problem: PlanProblem, deadline: Duration) -> PlanSolution

    /// The same for the problem that a category's plan is for now: what the last one left may be used.
    func follow(_ problem: PlanProblem, deadline: Duration) -> PlanSolution
}
