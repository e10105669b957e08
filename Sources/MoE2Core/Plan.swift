/// The active set of one category with its certificate.
public struct Plan: Hashable, Sendable, Codable {
    /// What was proved of the set.
    public enum Status: UInt32, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
        /// No better set exists within the limits.
        case optimal = 0
        /// A better set may exist, by at most the gap.
        case feasible = 1
        /// No set meets the limits.
        case infeasible = 2

        public var description: String {
            switch self {
            case .optimal: "optimal"
            case .feasible: "feasible"
            case .infeasible: "infeasible"
            }
        }
    }

    /// Counts up with every plan of the gate.
    public var number: UInt64
    /// The category it is for.
    public var category: Category
    /// The experts that queries of the category may use.
    public var activeSet: [ExpertID]
    /// What was proved.
    public var status: Status
    /// The quality Q of the set, on the calibration set.
    public var quality: Double
    /// No set within the limits has a larger quality than this.
    public var bound: Double
    /// (bound − quality) / max(|quality|, 1e-12).
    public var gap: Double
    /// The most a query may cost: the energy limit it was solved for; nil when there was none.
    public var energyLimit: Energy?
    /// The latency limit it was solved for; nil when there was none.
    public var latencyLimit: Duration?
    /// The largest team the gate may pick.
    public var teamSize: Int
    /// The limits that bind: what to loosen for a better set.
    public var binding: [String]
    /// Nodes the solver visited.
    public var nodes: UInt64
    /// Time the solver took.
    public var solveTime: Duration
    /// Why it replaced the plan before it.
    public var reason: String

    /// A plan with the given parts.
    public init(
        number: UInt64,
        category: Category,
        activeSet: [ExpertID],
        status: Status,
        quality: Double,
        bound: Double,
        gap: Double,
        energyLimit: Energy?,
        latencyLimit: Duration?,
        teamSize: Int,
        binding: [String] = [],
        nodes: UInt64 = 0,
        solveTime: Duration = .zero,
        reason: String
    ) {
        self.number = number
        self.category = category
        self.activeSet = activeSet
        self.status = status
        self.quality = quality
        self.bound = bound
        self.gap = gap
        self.energyLimit = energyLimit
        self.latencyLimit = latencyLimit
        self.teamSize = teamSize
        self.binding = binding
        self.nodes = nodes
        self.solveTime = solveTime
        self.reason = reason
    }
}
