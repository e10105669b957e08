public import MoE2Core

/// What `moe2 plan` shows.
public enum PlanReport {
    /// The plan with its certificate, in a few lines, and what a little more of its budgets would buy.
    public static func render(_ plan: Plan, marginal: BudgetMarginals? = nil) -> String {
        let limits = [
            plan.energyLimit.map { "\(Display.energy($0)) per query" }, plan.latencyLimit.map(Display.time),
        ].compactMap { $0 }
        let set = plan.activeSet.map(\.rawValue).joined(separator: " ")
        var lines = [
            "category    \(plan.category), teams of up to \(plan.teamSize)",
            "limits      \(limits.isEmpty ? "none" : limits.joined(separator: ", "))",
            "active set  \(set.isEmpty ? "nobody" : set)",
            certificate(plan),
            "plan        \(plan.number): \(plan.reason)",
        ]
        if !plan.binding.isEmpty {
            lines.append("binding     \(plan.binding.joined(separator: ", ")): loosen to allow a better set")
        }
        if let line = marginal?.line { lines.append("marginal    \(line) of quality") }
        return lines.joined(separator: "\n")
    }

    private static func certificate(_ plan: Plan) -> String {
        let effort = "\(plan.nodes) nodes, \(Display.time(plan.solveTime))"
        switch plan.status {
        case .optimal: return "quality     \(Display.significant(plan.quality)), proved the best (\(effort))"
        case .feasible:
            return """
                quality     \(Display.significant(plan.quality)), at most \(Display.significant(plan.bound)) is possible \
                (gap \(Display.significant(plan.gap * 100)) %, \(effort))
                """
        case .infeasible: return "quality     no set meets the limits"
        }
    }
}
