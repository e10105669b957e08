import Logging
import MoE2Core
import MoE2Wire
import Synchronization

/// The shell around ``FleetState``: parks polls, carries shard output, tells the planner of changes.
///
/// One lock guards the state; continuations are resumed outside it.
final class FleetHub: Sendable {
    private struct Parked {
        var continuation: CheckedContinuation<PollReply, Never>
        var until: Duration
    }

    private struct State {
        var fleet = FleetState()
        var parked: [PollTicket: Parked] = [:]
        var early: [PollTicket: PollReply] = [:]
        var mailboxes: [ShardID: ShardMailbox] = [:]
        var withdrawn: [ShardID: @Sendable (ShardResult) -> Void] = [:]
        var nextTicket: UInt64 = 0
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Duration
    private let settings: SessionSettings
    private let logger: Logger
    private let changes: AsyncStream<String>.Continuation

    /// Why the fleet changed, newest last; at most a few are kept, since only the last state counts.
    let fleetChanges: AsyncStream<String>

    init(settings: SessionSettings, logger: Logger, now: @escaping @Sendable () -> Duration) {
        self.settings = settings
        self.logger = logger
        self.now = now
        (fleetChanges, changes) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
    }

    // MARK: Sessions

    func join(session: String, host: Host, experts: [Expert], report: CapacityReport) throws(StatusError) {
        try apply { (fleet: inout FleetState) throws(StatusError) in
            try fleet.join(session: session, host: host, experts: experts, report: report, now: now())
        }
    }

    /// Takes a capacity report.
    /// - Returns: whether the host is to drain.
    func report(session: String, report: CapacityReport) throws(StatusError) -> Bool {
        try apply { (fleet: inout FleetState) throws(StatusError) in
            try fleet.report(session: session, report: report, now: now())
        }
        return state.withLock { state in
            (try? state.fleet.host(ofSession: session)).map { state.fleet.drained.contains($0) } ?? false
        }
    }

    func leave(session: String) throws(StatusError) {
        try apply { (fleet: inout FleetState) throws(StatusError) in
            try fleet.leave(session: session, now: now())
        }
    }

    /// Takes a host out of service, or back in.
    /// - Returns: the shards that still run on it.
    func drain(_ host: HostID, _ drain: Bool) throws(StatusError) -> Int {
        try apply { (fleet: inout FleetState) throws(StatusError) in try fleet.drain(host, drain) }
        return state.withLock { $0.fleet.runningShards(on: host) }
    }

    /// Ends silent sessions, overdue shards and overdue polls. To be called a few times a second.
    func tick() {
        let time = now()
        var overdue: [PollTicket] = []
        advance { fleet in fleet.tick(now: time, timeout: settings.timeout) }
        state.withLock { state in
            overdue = state.parked.filter { $0.value.until <= time }.map(\.key)
            for ticket in overdue { state.fleet.unpark(ticket) }
        }
        for ticket in overdue { answer(ticket, .none) }
    }

    // MARK: Polls

    /// Parks a poll until there is a command, the hold time passes, or the caller goes away.
    func poll(session: String, expert: ExpertID?) async throws(StatusError) -> PollReply {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return PollTicket(number: state.nextTicket)
        }
        try apply { (fleet: inout FleetState) throws(StatusError) in
            try fleet.poll(session: session, expert: expert, ticket: ticket, now: now())
        }
        let until = now() + settings.pollHold
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state -> PollReply? in
                    if let reply = state.early.removeValue(forKey: ticket) { return reply }
                    if Task.isCancelled {
                        state.fleet.unpark(ticket)
                        return PollReply.none
                    }
                    state.parked[ticket] = Parked(continuation: continuation, until: until)
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            state.withLock { $0.fleet.unpark(ticket) }
            answer(ticket, .none)
        }
    }

    private func answer(_ ticket: PollTicket, _ reply: PollReply) {
        let parked = state.withLock { $0.parked.removeValue(forKey: ticket) }
        parked?.continuation.resume(returning: reply)
    }

    // MARK: Shards

    /// Hands a shard to its expert or puts it in the expert's queue.
    /// - Throws: `unavailable` when the expert cannot take it, `resourceExhausted` when too many shards wait.
    func submit(_ shard: Shard, client: String, priority: Int32, queueLimit: Int) throws(StatusError) -> ShardRun {
        let submitted = now()
        let mailbox = ShardMailbox()
        let order = ShardOrder(shard: shard, client: client, priority: priority, submitted: submitted)
        try apply(undo: { $0.mailboxes[shard.id] = nil }) { (fleet: inout FleetState) throws(StatusError) in
            if let load = fleet.load(of: shard.expert), load.credits == 0, fleet.waitingShards >= queueLimit {
                throw StatusError(
                    .resourceExhausted,
                    "\(queueLimit) shards wait for the fleet already; try again later",
                    retryAfter: .seconds(1)
                )
            }
            return try fleet.submit(order, now: submitted)
        } before: { state in
            state.mailboxes[shard.id] = mailbox
        }
        return ShardRun(shard: shard, submitted: submitted, mailbox: mailbox)
    }

    /// The query is no longer interested in the shard. `ended` is called once with what it took after all, as soon as
    /// the agent has stopped it; not at all when it never started or had ended.
    ///
    /// Whoever reads the shard's output is told `result`; without one, that it is closed.
    func withdraw(
        _ run: ShardRun,
        telling result: ShardResult? = nil,
        ended: @escaping @Sendable (ShardResult) -> Void
    ) {
        if let result { run.mailbox.finish(result) } else { run.mailbox.close() }
        let (withdrawal, actions) = state.withLock { state in
            state.mailboxes[run.shard.id] = nil
            let (withdrawal, actions) = state.fleet.withdraw(run.shard.id, from: run.shard.expert)
            if withdrawal == .stopping { state.withdrawn[run.shard.id] = ended }
            keepEarlyReplies(actions, &state)
            return (withdrawal, actions)
        }
        logger.debug("shard withdrawn", metadata: ["shard": "\(run.shard.id)", "state": "\(withdrawal)"])
        perform(actions)
    }

    /// Output of a shard.
    /// - Returns: whether anybody still waits for the shard.
    func chunks(session: String, shard: ShardID, chunks: [ShardChunk]) async throws(StatusError) -> Bool {
        let time = now()
        let (known, mailbox) = state.withLock { state -> (Bool, ShardMailbox?) in
            guard (try? state.fleet.touch(session: session, now: time)) != nil else { return (false, nil) }
            guard state.fleet.isWanted(shard, session: session) else { return (true, nil) }
            return (true, state.mailboxes[shard])
        }
        guard known else { throw StatusError(.notFound, "no such session; say hello again") }
        guard let mailbox else { return false }
        return try await mailbox.push(chunks)
    }

    /// A shard's end.
    func finish(session: String, shard: ShardID, result: ShardResult) {
        let isRunning = state.withLock { $0.fleet.finish(shard, session: session) }
        if isRunning { end(shard, result) }
    }

    private func end(_ shard: ShardID, _ result: ShardResult) {
        let (mailbox, ended) = state.withLock { state in
            (state.mailboxes.removeValue(forKey: shard), state.withdrawn.removeValue(forKey: shard))
        }
        mailbox?.finish(result)
        ended?(result)
    }

    // MARK: Views

    /// The hosts, by name.
    func hosts() -> [HostStatus] {
        let time = now()
        return state.withLock { $0.fleet.hosts(now: time) }
    }

    /// The hosts that left and are remembered, by name.
    func departedHosts() -> [HostStatus] { state.withLock { $0.fleet.memory.all } }

    /// The hosts that left within the last `time`.
    func departedHosts(within time: Duration) -> [HostStatus] {
        let since = now() - time
        return state.withLock { $0.fleet.memory.left(since: since) }
    }

    /// The power mode that `host` reported last; empty when unknown.
    func powerMode(of host: HostID) -> String {
        state.withLock { $0.fleet.sessions[host]?.report.powerMode ?? "" }
    }

    /// How busy every expert of the fleet is.
    func loads() -> [ExpertID: ExpertLoad] {
        state.withLock { state in
            Dictionary(
                uniqueKeysWithValues: state.fleet.lanes.keys.compactMap { expert in
                    state.fleet.load(of: expert).map { (expert, $0) }
                }
            )
        }
    }

    /// Shards that wait for a credit.
    var waitingShards: Int { state.withLock { $0.fleet.waitingShards } }

    // MARK: Actions

    /// Lets `event` happen. `before` prepares the shell for its actions, `undo` takes that back when it throws.
    private func apply(
        undo: (inout State) -> Void = { _ in },
        _ event: (inout FleetState) throws(StatusError) -> [FleetAction],
        before: (inout State) -> Void = { _ in }
    ) throws(StatusError) {
        let result = state.withLock { state -> Result<[FleetAction], StatusError> in
            before(&state)
            do throws(StatusError) {
                let actions = try event(&state.fleet)
                keepEarlyReplies(actions, &state)
                return .success(actions)
            } catch {
                undo(&state)
                return .failure(error)
            }
        }
        try perform(result.get())
    }

    private func advance(_ event: (inout FleetState) -> [FleetAction]) {
        perform(
            state.withLock { state in
                let actions = event(&state.fleet)
                keepEarlyReplies(actions, &state)
                return actions
            }
        )
    }

    /// A poll may be answered before its continuation exists: the reply is kept until it does.
    private func keepEarlyReplies(_ actions: [FleetAction], _ state: inout State) {
        for case .answerPoll(let ticket, let reply) in actions where state.parked[ticket] == nil {
            state.early[ticket] = reply
        }
    }

    private func perform(_ actions: [FleetAction]) {
        for action in actions {
            switch action {
            case .answerPoll(let ticket, let reply):
                answer(ticket, reply)
            case .failShard(let shard, let error):
                end(shard, ShardResult(error: error, finishReason: .interrupted))
            case .fleetChanged(let reason):
                logger.info("fleet changed", metadata: ["reason": "\(reason)"])
                changes.yield(reason)
            }
        }
    }
}
