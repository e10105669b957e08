import MoE2Core
import Synchronization

/// The plan in force for every category. Queries read it, the planner loop writes it; nobody waits.
final class PlanBoard: Sendable {
    private let plans = Mutex<[Category: Plan]>([:])

    /// The plan of `category`; nil before the first one.
    func plan(for category: Category) -> Plan? { plans.withLock { $0[category] } }

    /// All plans, by category.
    func all() -> [Plan] { plans.withLock { $0.values.sorted { $0.category < $1.category } } }

    /// Puts `plan` in force.
    func set(_ plan: Plan) { plans.withLock { $0[plan.category] = plan } }
}
