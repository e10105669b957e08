import Logging
import MoE2Core
import MoE2Wire
import Synchronization

/// The shell around ``FleetState``: parks polls, carries shard output, tells the planner of changes.
///
/// One lock guards the state; polls and queries are answered outside it.
final class FleetHub: Sendable {
    fileprivate struct Parked {
        var reply: @Sendable (PollReply) -> Void
        var until: Duration
    }

    /// Who waits for the end of a shard.
    fileprivate struct Waiting {
        var mailbox: ShardMailbox?
        var ended: (@Sendable (ShardResult) -> Void)?

        func end(_ result: ShardResult, last: [ShardChunk] = []) {
            mailbox?.finish(result, last: last)
            ended?(result)
        }
    }

    fileprivate struct State {
        var fleet = FleetState()
        var parked: [PollTicket: Parked] = [:]
        var mailboxes: [ShardID: ShardMailbox] = [:]
        var withdrawn: [ShardID: @Sendable (ShardResult) -> Void] = [:]

        mutating func take(_ shard: ShardID) -> Waiting {
            Waiting(mailbox: mailboxes.removeValue(forKey: shard), ended: withdrawn.removeValue(forKey: shard))
        }
    }

    /// What is to be done once the lock is open.
    fileprivate enum Effect {
        case answer(Parked, PollReply)
        case end(Waiting, ShardResult)
        case changed(String)
    }

    private let state = Mutex(State())
    private let nextTicket = Atomic<UInt64>(1)
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
        advance { fleet in fleet.tick(now: time, timeout: settings.timeout) }
        let overdue = state.withLock { state in
            state.parked.filter { $0.value.until <= time }.keys.compactMap { state.unpark($0) }
        }
        for parked in overdue { parked.reply(.none) }
    }

    // MARK: Polls

    /// Parks a poll until there is a command or its hold time passes: `reply` is called once, perhaps before this returns.
    /// - Returns: what to ``giveUp(_:)`` the poll with.
    @discardableResult
    func poll(
        session: String,
        expert: ExpertID?,
        reply: @escaping @Sendable (PollReply) -> Void
    ) throws(StatusError) -> PollTicket {
        let ticket = PollTicket(number: nextTicket.wrappingAdd(1, ordering: .relaxed).oldValue)
        let time = now()
        try apply(undo: { $0.parked[ticket] = nil }) { (fleet: inout FleetState) throws(StatusError) in
            try fleet.poll(session: session, expert: expert, ticket: ticket, now: time)
        } before: { state in
            state.parked[ticket] = Parked(reply: reply, until: time + settings.pollHold)
        }
        return ticket
    }

    /// Whoever parked the poll is gone: it is no credit any more.
    func giveUp(_ ticket: PollTicket) {
        state.withLock { $0.unpark(ticket) }?.reply(.none)
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
        let (withdrawal, effects) = state.withLock { state in
            state.mailboxes[run.shard.id] = nil
            let (withdrawal, actions) = state.fleet.withdraw(run.shard.id, from: run.shard.expert)
            if withdrawal == .stopping { state.withdrawn[run.shard.id] = ended }
            return (withdrawal, state.effects(of: actions))
        }
        logger.debug("shard withdrawn", metadata: ["shard": "\(run.shard.id)", "state": "\(withdrawal)"])
        perform(effects)
    }

    /// Output of a shard; calls `done` when there is room for more, with whether anybody still waits for the shard.
    /// - Throws: `notFound` when there is no such session, `dataLoss` when output before it is missing.
    func chunks(
        session: String,
        shard: ShardID,
        chunks: [ShardChunk],
        done: @escaping @Sendable (Bool) -> Void
    ) throws(StatusError) {
        let time = now()
        let (known, mailbox) = state.withLock { state -> (Bool, ShardMailbox?) in
            guard (try? state.fleet.touch(session: session, now: time)) != nil else { return (false, nil) }
            guard state.fleet.isWanted(shard, session: session) else { return (true, nil) }
            return (true, state.mailboxes[shard])
        }
        guard known else { throw StatusError(.notFound, "no such session; say hello again") }
        guard let mailbox else { return done(false) }
        try mailbox.push(chunks, done: done)
    }

    /// A shard's end, with the output that came with it.
    func finish(session: String, shard: ShardID, result: ShardResult, last: [ShardChunk] = []) {
        let waiting = state.withLock { state in
            state.fleet.finish(shard, session: session) ? state.take(shard) : nil
        }
        waiting?.end(result, last: last)
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
    func loads() -> [ExpertID: ExpertLoad] { state.withLock { $0.fleet.loads } }

    /// Shards that wait for a credit.
    var waitingShards: Int { state.withLock { $0.fleet.waitingShards } }

    // MARK: Actions

    /// Lets `event` happen. `before` prepares the shell for its actions, `undo` takes that back when it throws.
    private func apply(
        undo: (inout State) -> Void = { _ in },
        _ event: (inout FleetState) throws(StatusError) -> [FleetAction],
        before: (inout State) -> Void = { _ in }
    ) throws(StatusError) {
        let result = state.withLock { state -> Result<[Effect], StatusError> in
            before(&state)
            do throws(StatusError) {
                let actions = try event(&state.fleet)
                return .success(state.effects(of: actions))
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
                return state.effects(of: actions)
            }
        )
    }

    private func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .answer(let parked, let reply):
                parked.reply(reply)
            case .end(let waiting, let result):
                waiting.end(result)
            case .changed(let reason):
                logger.info("fleet changed", metadata: ["reason": "\(reason)"])
                changes.yield(reason)
            }
        }
    }
}

extension FleetHub.State {
    /// Takes out who is to be told of `actions`: a poll that was given a shard must not be told anything else meanwhile.
    fileprivate mutating func effects(of actions: [FleetAction]) -> [FleetHub.Effect] {
        actions.compactMap { action in
            switch action {
            case .answerPoll(let ticket, let reply):
                parked.removeValue(forKey: ticket).map { .answer($0, reply) }
            case .failShard(let shard, let error):
                .end(take(shard), ShardResult(error: error, finishReason: .interrupted))
            case .fleetChanged(let reason):
                .changed(reason)
            }
        }
    }

    fileprivate mutating func unpark(_ ticket: PollTicket) -> FleetHub.Parked? {
        fleet.unpark(ticket)
        return parked.removeValue(forKey: ticket)
    }
}
