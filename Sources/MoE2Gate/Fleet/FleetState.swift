import MoE2Core
import MoE2Wire

/// The fleet as a state machine: who is in it, who can take work, which shard runs where.
///
/// It does no I/O. Every event takes the time, a `Duration` on the gate's monotonic clock, and returns the actions to
/// perform. Its invariants: an expert belongs to one session; a shard is either waiting or running or unknown; a
/// credit is used for one shard.
struct FleetState: Sendable {
    /// Most hosts, and most experts a host: what a hostile agent can make the gate remember is bounded.
    static let maximumHosts = 4096
    static let maximumExpertsPerHost = 64
    static let maximumCreditsPerExpert = 256
    /// How long past its deadline a shard may go before the gate gives up on the agent's word.
    static let deadlineGrace = Duration.milliseconds(500)

    private(set) var sessions: [HostID: FleetSession] = [:]
    /// The hosts that have a session, sorted: every query looks at all of them.
    private var names: [HostID] = []
    private(set) var lanes: [ExpertID: Lane] = [:]
    private var hostOfSession: [String: HostID] = [:]
    private var ticketOwners: [PollTicket: (host: HostID, expert: ExpertID?)] = [:]
    /// Hosts that an operator drained; remembered beyond the session so that a restarted agent stays drained.
    private(set) var drained: Set<HostID> = []
    /// Hosts that left.
    private(set) var memory = FleetMemory()

    // MARK: Sessions

    /// An agent said hello. A second session of the same host replaces the first: the agent was restarted.
    mutating func join(
        session id: String,
        host: Host,
        experts: [Expert],
        report: CapacityReport,
        now: Duration
    ) throws(StatusError) -> [FleetAction] {
        guard sessions[host.id] != nil || sessions.count < Self.maximumHosts else {
            throw StatusError(.resourceExhausted, "the fleet already has \(Self.maximumHosts) hosts")
        }
        guard experts.count <= Self.maximumExpertsPerHost else {
            throw StatusError(
                .invalidArgument,
                "host '\(host.id)' offers \(experts.count) experts; at most \(Self.maximumExpertsPerHost) are allowed"
            )
        }
        guard Set(experts.map(\.id)).count == experts.count else {
            throw StatusError(.invalidArgument, "host '\(host.id)' names an expert twice; give each its own id")
        }
        for expert in experts {
            if let owner = lanes[expert.id]?.host, owner != host.id {
                throw StatusError(
                    .alreadyExists,
                    """
                    expert '\(expert.id)' already belongs to host '\(owner)'; give the expert of '\(host.id)' another \
                    id, for instance '\(expert.id)-\(host.id)'
                    """
                )
            }
        }
        var actions = end(host.id, why: "host '\(host.id)' started a new session", now: now)
        memory.remove(host.id)
        names.insert(host.id, at: names.firstIndex { host.id < $0 } ?? names.count)
        sessions[host.id] = FleetSession(
            id: id,
            host: host,
            experts: experts,
            report: report,
            state: drained.contains(host.id) ? .draining : .up,
            joined: now,
            lastSeen: now
        )
        hostOfSession[id] = host.id
        for expert in experts { lanes[expert.id] = Lane(host: host.id, slots: max(1, expert.slots)) }
        actions.append(.fleetChanged("host '\(host.id)' joined"))
        return actions
    }

    /// The host of a session.
    /// - Throws: `notFound` when there is no such session: the agent has to say hello again.
    func host(ofSession id: String) throws(StatusError) -> HostID {
        guard let host = hostOfSession[id] else {
            throw StatusError(.notFound, "no such session; the gate may have restarted: say hello again")
        }
        return host
    }

    /// A capacity report, which is also the heartbeat. A report older than the last one is dropped.
    mutating func report(session id: String, report: CapacityReport, now: Duration) throws(StatusError) -> [FleetAction]
    {
        let name = try host(ofSession: id)
        guard var session = sessions[name] else { return [] }
        session.lastSeen = now
        let old = session.report
        if report.sequence > old.sequence { session.report = report }
        sessions[name] = session
        let states = { (report: CapacityReport) in Set(report.experts.map { "\($0.expert) \($0.state)" }) }
        guard states(old) != states(session.report) || old.throttled != session.report.throttled else { return [] }
        return [.fleetChanged("host '\(name)' reports another state")]
    }

    /// Any other sign of life.
    mutating func touch(session id: String, now: Duration) throws(StatusError) -> HostID {
        let name = try host(ofSession: id)
        sessions[name]?.lastSeen = now
        return name
    }

    /// The agent said goodbye.
    mutating func leave(session id: String, now: Duration) throws(StatusError) -> [FleetAction] {
        let name = try host(ofSession: id)
        return end(name, why: "host '\(name)' left", now: now) + [.fleetChanged("host '\(name)' left")]
    }

    /// Takes a host out of service, or back in.
    /// - Throws: `notFound` when no such host is in the fleet.
    mutating func drain(_ name: HostID, _ drain: Bool) throws(StatusError) -> [FleetAction] {
        guard var session = sessions[name] else {
            let known = sessions.keys.sorted().map(\.rawValue).joined(separator: ", ")
            throw StatusError(
                .notFound,
                "no host '\(name)' in the fleet; the hosts are: \(known.isEmpty ? "none" : known)"
            )
        }
        if drain { drained.insert(name) } else { drained.remove(name) }
        session.state = drain ? .draining : .up
        sessions[name] = session
        var actions = command(name, .drain(drain))
        if drain {
            for expert in session.experts {
                for order in lanes[expert.id]?.waiting.removeAll(where: { _ in true }) ?? [] {
                    actions.append(
                        .failShard(order.shard.id, StatusError(.unavailable, "host '\(name)' is draining"))
                    )
                }
            }
        }
        return actions + [.fleetChanged("host '\(name)' \(drain ? "drains" : "is back in service")")]
    }

    /// Time passed: sessions that fell silent end, shards that waited too long fail.
    mutating func tick(now: Duration, timeout: Duration) -> [FleetAction] {
        var actions: [FleetAction] = []
        for (name, session) in sessions where now - session.lastSeen > timeout {
            actions += end(name, why: "host '\(name)' fell silent", now: now)
            actions.append(.fleetChanged("host '\(name)' fell silent"))
        }
        for expert in lanes.keys.sorted() {
            for order in lanes[expert]?.waiting.removeAll(where: { now >= $0.deadline }) ?? [] {
                actions.append(
                    .failShard(
                        order.shard.id,
                        StatusError(.deadlineExceeded, "no slot of expert '\(expert)' came free in time")
                    )
                )
            }
            actions += stopOverdue(expert, now: now)
        }
        return actions
    }

    /// An agent stops a shard at its deadline by itself; this is for one that does not.
    private mutating func stopOverdue(_ expert: ExpertID, now: Duration) -> [FleetAction] {
        guard let lane = lanes[expert] else { return [] }
        var actions: [FleetAction] = []
        for (id, running) in lane.running where now >= running.order.deadline + Self.deadlineGrace {
            lanes[expert]?.running[id] = nil
            actions.append(
                .failShard(
                    id,
                    StatusError(.deadlineExceeded, "expert '\(expert)' did not finish the shard in time")
                )
            )
            actions += command(lane.host, .cancelShard(id))
        }
        return actions
    }

    private mutating func end(_ name: HostID, why: String, now: Duration) -> [FleetAction] {
        guard let session = sessions.removeValue(forKey: name) else { return [] }
        names.removeAll { $0 == name }
        var last = session.status(now: now)
        last.state = .lost
        memory.add(last, now: now)
        hostOfSession[session.id] = nil
        var actions: [FleetAction] = []
        var tickets = session.control.map { [$0] } ?? []
        for expert in session.experts {
            guard let lane = lanes.removeValue(forKey: expert.id) else { continue }
            tickets += lane.credits
            var queue = lane.waiting
            var lost = lane.running.keys.sorted()
            while let order = queue.popFirst() { lost.append(order.shard.id) }
            // Nobody's fault: the shard may go to the same expert again once it is back.
            actions += lost.map { .failShard($0, StatusError(.aborted, why)) }
        }
        for ticket in tickets {
            ticketOwners[ticket] = nil
            actions.append(.answerPoll(ticket, .none))
        }
        return actions
    }

    // MARK: Polls

    /// An agent parks a poll: a credit for one shard of `expert`, or the control poll.
    mutating func poll(session id: String, expert: ExpertID?, ticket: PollTicket, now: Duration) throws(StatusError)
        -> [FleetAction]
    {
        let name = try touch(session: id, now: now)
        guard let expert else {
            var actions: [FleetAction] = []
            if let old = sessions[name]?.control {
                ticketOwners[old] = nil
                actions.append(.answerPoll(old, .none))
            }
            if sessions[name]?.commands.isEmpty == false, let next = sessions[name]?.commands.removeFirst() {
                return actions + [.answerPoll(ticket, next)]
            }
            sessions[name]?.control = ticket
            ticketOwners[ticket] = (name, nil)
            return actions
        }
        guard lanes[expert]?.host == name, let credits = lanes[expert]?.credits.count else {
            throw StatusError(.notFound, "host '\(name)' has no expert '\(expert)'; say hello again with it")
        }
        guard credits < Self.maximumCreditsPerExpert else {
            throw StatusError(.resourceExhausted, "expert '\(expert)' parks more polls than any expert has slots")
        }
        lanes[expert]?.credits.append(ticket)
        ticketOwners[ticket] = (name, expert)
        return assign(expert, now: now)
    }

    /// The poll's hold time passed, or its caller is gone.
    mutating func unpark(_ ticket: PollTicket) {
        guard let owner = ticketOwners.removeValue(forKey: ticket) else { return }
        if let expert = owner.expert {
            lanes[expert]?.credits.removeAll { $0 == ticket }
        } else if sessions[owner.host]?.control == ticket {
            sessions[owner.host]?.control = nil
        }
    }

    private mutating func command(_ name: HostID, _ reply: PollReply) -> [FleetAction] {
        if let ticket = sessions[name]?.control {
            sessions[name]?.control = nil
            ticketOwners[ticket] = nil
            return [.answerPoll(ticket, reply)]
        }
        sessions[name]?.commands.append(reply)
        return []
    }

    // MARK: Shards

    /// Hands a shard to its expert, or puts it in the expert's queue.
    /// - Throws: `unavailable` when the expert is not in the fleet or its host drains.
    mutating func submit(_ order: ShardOrder, now: Duration) throws(StatusError) -> [FleetAction] {
        let expert = order.shard.expert
        guard let host = lanes[expert]?.host, let state = sessions[host]?.state else {
            throw StatusError(.unavailable, "expert '\(expert)' is not in the fleet at present")
        }
        guard state == .up else {
            throw StatusError(.unavailable, "host '\(host)' of expert '\(expert)' is \(state)")
        }
        lanes[expert]?.waiting.append(order)
        return assign(expert, now: now)
    }

    /// What became of a shard that was withdrawn.
    enum Withdrawal: Equatable {
        /// It had not been started.
        case neverStarted
        /// The agent was told to stop it; its end is still to come.
        case stopping
        /// Nobody knows it: it ended before.
        case unknown
    }

    /// Nobody waits for the shard any more.
    mutating func withdraw(_ id: ShardID, from expert: ExpertID) -> (Withdrawal, [FleetAction]) {
        guard let lane = lanes[expert] else { return (.unknown, []) }
        if lanes[expert]?.waiting.remove(id) != nil { return (.neverStarted, []) }
        guard lane.running[id] != nil else { return (.unknown, []) }
        lanes[expert]?.running[id]?.isWithdrawn = true
        return (.stopping, command(lane.host, .cancelShard(id)))
    }

    /// Whether the host of the session runs the shard and somebody waits for it.
    func isWanted(_ id: ShardID, session: String) -> Bool {
        expert(running: id, session: session).map { lanes[$0]?.running[id]?.isWithdrawn == false } ?? false
    }

    /// The agent finished the shard.
    /// - Returns: whether it was running.
    mutating func finish(_ id: ShardID, session: String) -> Bool {
        guard let expert = expert(running: id, session: session) else { return false }
        lanes[expert]?.running[id] = nil
        return true
    }

    /// The expert of the session's host that runs the shard.
    private func expert(running id: ShardID, session: String) -> ExpertID? {
        guard let host = hostOfSession[session], let experts = sessions[host]?.experts else { return nil }
        return experts.first { lanes[$0.id]?.running.keys.contains(id) == true }?.id
    }

    private mutating func assign(_ expert: ExpertID, now: Duration) -> [FleetAction] {
        guard let host = lanes[expert]?.host, sessions[host]?.state == .up else { return [] }
        // Taken out while it changes: a second reference would have all that runs copied.
        guard var lane = lanes.removeValue(forKey: expert) else { return [] }
        defer { lanes[expert] = lane }
        var actions: [FleetAction] = []
        while !lane.credits.isEmpty, let order = lane.waiting.popFirst() {
            guard now < order.deadline else {
                actions.append(
                    .failShard(
                        order.shard.id,
                        StatusError(.deadlineExceeded, "no slot of expert '\(expert)' came free in time")
                    )
                )
                continue
            }
            let ticket = lane.credits.removeFirst()
            ticketOwners[ticket] = nil
            lane.running[order.shard.id] = Lane.Running(order: order, started: now)
            var shard = order.shard
            shard.timeLeft = order.deadline - now
            actions.append(.answerPoll(ticket, .start(shard)))
        }
        return actions
    }

    // MARK: Views

    /// How busy `expert` is; nil when it is not in the fleet.
    func load(of expert: ExpertID) -> ExpertLoad? { lanes[expert]?.load }

    /// How busy every expert is.
    var loads: [ExpertID: ExpertLoad] { lanes.mapValues(\.load) }

    /// Shards of the whole fleet that wait for a credit.
    var waitingShards: Int { lanes.values.reduce(0) { $0 + $1.waiting.count } }

    /// Shards that run on `host`.
    func runningShards(on host: HostID) -> Int {
        lanes.values.reduce(0) { $0 + ($1.host == host ? $1.running.count : 0) }
    }

    /// The hosts by name.
    func hosts(now: Duration) -> [HostStatus] {
        names.compactMap { sessions[$0]?.status(now: now) }
    }
}
