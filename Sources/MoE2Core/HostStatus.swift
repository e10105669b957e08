/// A host as the gate sees it.
public struct HostStatus: Hashable, Sendable, Codable {
    /// Where the host is in its life.
    public enum State: UInt32, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
        /// It reports and takes shards.
        case up = 0
        /// It finishes its shards and takes no new ones.
        case draining = 1
        /// Its heartbeat stopped.
        case lost = 2

        public var description: String {
            switch self {
            case .up: "up"
            case .draining: "draining"
            case .lost: "lost"
            }
        }
    }

    /// The host.
    public var host: Host
    /// Where it is in its life.
    public var state: State
    /// Its experts.
    public var experts: [Expert]
    /// Its last report.
    public var report: CapacityReport
    /// Time since its last sign of life.
    public var lastSeen: Duration
    /// Time since it joined.
    public var joined: Duration

    /// The status of `host`.
    public init(
        host: Host,
        state: State,
        experts: [Expert],
        report: CapacityReport,
        lastSeen: Duration,
        joined: Duration
    ) {
        self.host = host
        self.state = state
        self.experts = experts
        self.report = report
        self.lastSeen = lastSeen
        self.joined = joined
    }
}
