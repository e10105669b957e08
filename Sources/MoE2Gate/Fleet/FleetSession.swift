import MoE2Core
import MoE2Wire

/// One agent's session with the gate.
struct FleetSession: Sendable {
    /// The secret that names the session.
    var id: String
    var host: Host
    var experts: [Expert]
    var report: CapacityReport
    var state: HostStatus.State
    var joined: Duration
    var lastSeen: Duration
    /// The parked control poll.
    var control: PollTicket?
    /// Commands that wait for the next control poll.
    var commands: [PollReply] = []

    func capacity(of expert: ExpertID) -> ExpertCapacity? {
        report.experts.first { $0.expert == expert }
    }

    /// The host as others see it.
    func status(now: Duration) -> HostStatus {
        HostStatus(
            host: host,
            state: state,
            experts: experts,
            report: report,
            lastSeen: now - lastSeen,
            joined: now - joined
        )
    }
}
