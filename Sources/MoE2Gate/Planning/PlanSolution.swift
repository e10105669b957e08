import MoE2Core

/// A solver's answer with what it proved.
struct PlanSolution: Sendable, Equatable {
    /// The set, as indices of the problem's candidates in ascending order.
    var members: [Int]
    var status: Plan.Status
    /// Q(S).
    var quality: Double
    /// No set within the limits is better than this.
    var bound: Double
    /// The limits that bind.
    var binding: [String] = []
    var nodes: UInt64 = 0
    var time: Duration = .zero

    /// (bound − quality) / max(|quality|, 1e-12).
    var gap: Double { max(0, bound - quality) / max(abs(quality), 1e-12) }
}
