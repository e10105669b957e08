/// The fleet as the gate sees it at one moment.
public struct FleetSnapshot: Hashable, Sendable, Codable {
    /// The gate's version.
    public var gateVersion: String
    /// Time since the gate started.
    public var uptime: Duration
    /// The hosts, by name.
    public var hosts: [HostStatus]
    /// The plans in force, one a category.
    public var plans: [Plan]
    /// Queries being answered.
    public var activeQueries: Int
    /// Queries that wait for capacity.
    public var queuedQueries: Int
    /// How good the cost model's predictions were since the gate started.
    public var calibration: CostCalibration

    /// A snapshot with the given parts.
    public init(
        gateVersion: String,
        uptime: Duration,
        hosts: [HostStatus],
        plans: [Plan],
        activeQueries: Int,
        queuedQueries: Int,
        calibration: CostCalibration = CostCalibration()
    ) {
        self.gateVersion = gateVersion
        self.uptime = uptime
        self.hosts = hosts
        self.plans = plans
        self.activeQueries = activeQueries
        self.queuedQueries = queuedQueries
        self.calibration = calibration
    }
}
