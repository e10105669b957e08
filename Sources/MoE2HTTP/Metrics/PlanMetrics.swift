import MoE2Core

/// The metrics of plans and of the solver, by category.
enum PlanMetrics {
    static func write(_ plans: [Plan], _ counts: GateMetrics.Counts, to out: inout Exposition) {
        // The planner knows the configured and the calibrated categories only: few.
        let plans = plans.map { (labels: [("category", $0.category.rawValue)] as Exposition.Labels, plan: $0) }
        out.metric("moe2_plan_changes_total", .counter, "Plans that replaced another.")
        for (category, of) in counts.plans.sorted(by: { $0.key < $1.key }) {
            out.sample([("category", category)], of.changes)
        }
        out.metric("moe2_solver_seconds_total", .counter, "Time the solver took for the plans that came into force.")
        for (category, of) in counts.plans.sorted(by: { $0.key < $1.key }) {
            out.sample([("category", category)], of.solverSeconds)
        }
        out.metric("moe2_solver_nodes_total", .counter, "Nodes the solver visited for those plans.")
        for (category, of) in counts.plans.sorted(by: { $0.key < $1.key }) {
            out.sample([("category", category)], of.nodes)
        }
        out.metric("moe2_plan_solver_seconds", .gauge, "Time the solver took for the plan in force.")
        for plan in plans { out.sample(plan.labels, plan.plan.solveTime.seconds) }
        out.metric("moe2_plan_gap_ratio", .gauge, "Proved gap of the plan in force; 0 is proved optimal.")
        for plan in plans { out.sample(plan.labels, plan.plan.gap) }
        out.metric("moe2_plan_active_experts", .gauge, "Experts in the active set.")
        for plan in plans { out.sample(plan.labels, plan.plan.activeSet.count) }
        out.metric("moe2_plan_feasible", .gauge, "1 while a set within the limits exists.")
        for plan in plans { out.sample(plan.labels, plan.plan.status == .infeasible ? 0 : 1) }
    }
}
