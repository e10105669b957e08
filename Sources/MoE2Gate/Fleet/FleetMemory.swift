import MoE2Core

/// The hosts that were in the fleet and are gone, with what was known of them: for plans that imagine them back.
struct FleetMemory: Sendable {
    /// Hosts that are remembered; the one that left first is forgotten first.
    static let capacity = 256

    private var hosts: [(status: HostStatus, left: Duration)] = []

    /// A host left.
    mutating func add(_ status: HostStatus, now: Duration) {
        remove(status.host.id)
        if hosts.count >= Self.capacity { hosts.removeFirst() }
        hosts.append((status, now))
    }

    /// A host is back.
    mutating func remove(_ host: HostID) { hosts.removeAll { $0.status.host.id == host } }

    /// The remembered hosts, by name.
    var all: [HostStatus] { hosts.map(\.status).sorted { $0.host.id < $1.host.id } }

    /// The hosts that left at `time` or later.
    func left(since time: Duration) -> [HostStatus] { hosts.filter { $0.left >= time }.map(\.status) }
}
