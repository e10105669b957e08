/// The answer to a problem and what was proved about it.
public struct Certificate: Sendable {
    /// What was proved.
    public enum Status: String, Sendable {
        /// No set within the limits is worth more.
        case optimal
        /// A better set may exist, by at most the gap.
        case feasible
        /// No set meets the limits.
        case infeasible
    }

    /// What was proved.
    public var status: Status
    /// The set, as ascending indices of the problem's experts.
    public var set: [Int]
    /// Q of the set; 0 when infeasible.
    public var value: Double
    /// No set within the limits is worth more than this.
    public var bound: Double
    /// Nodes visited.
    public var nodes = 0
    /// Time to this answer, without ``marginal``.
    public var time: Duration = .zero
    /// Limits that keep an expert out that would raise the value; of an infeasible problem, limits that no set meets. Empty after a
    /// cancellation.
    public var binding: [Limit] = []
    /// How much quality one more joule, watt or expert, or 10 ms more, would buy; only where it was worked out.
    public var marginal: [Limit: Double] = [:]
    /// Of an infeasible problem: the smallest value of each limit alone for which a set exists, nil when there is none.
    public var smallestFeasible: [Limit: Double?] = [:]
    /// Whether the tie rule was followed to its end: no equally good set has less energy, then fewer experts, then earlier names.
    public var isCanonical = true

    /// (bound − value) / max(|value|, 1e-12).
    public var gap: Double { max(0, bound - value) / max(abs(value), 1e-12) }
}
