import Logging
import MoE2Core
import MoE2Transport
import MoE2Wire
import Synchronization

/// Keeps a session with the gate: says hello, polls, runs what it gets, reports; says hello again when the session is lost.
final class SessionLoop: Sendable {
    /// How long the first hello waits for the model servers, so that the gate is told their facts at once.
    static let firstWait = Duration.seconds(2)
    /// Reports follow each other no faster than this.
    static let leastReportInterval = Duration.milliseconds(50)
    /// How long it is tried to tell how a shard ended: when it ended by itself, and when it was stopped.
    static let finishLimit = Duration.seconds(10)
    static let stoppedFinishLimit = Duration.seconds(2)

    private struct State {
        var session: AgentSession?
        var isLeaving = false
        var roundTrip = Duration.zero
        var lastRefusal = ""
        var pollNumber: UInt32 = 0
        /// Shards that have ended and of which it is not known that the gate heard.
        var untold: [ShardID: ShardEnd] = [:]
    }

    private let host: HostReporter
    private let caller: any Caller
    private let signer: (any HelloSigner)?
    /// Runs the polls and the shards.
    private let executor: any TaskExecutor
    private let logger: Logger
    private let state = Mutex(State())
    private let deadlines = DeadlineQueue()

    /// The shards that run.
    let running = RunningShards()
    /// News that the gate should hear of.
    let news = Signal()

    init(
        host: HostReporter,
        caller: any Caller,
        signer: (any HelloSigner)?,
        executor: any TaskExecutor,
        logger: Logger
    ) {
        self.host = host
        self.caller = caller
        self.signer = signer
        self.executor = executor
        self.logger = logger
    }

    private var isLeaving: Bool { state.withLock { $0.isLeaving } }

    /// Keeps a session until the task is cancelled.
    func run() async {
        await waitForServers()
        var backoff = Backoff(first: .milliseconds(200), longest: .seconds(15))
        while !Task.isCancelled {
            do {
                let experts = host.experts.map { $0.expert() }
                let session = try await hello(experts)
                let joined = ContinuousClock.now
                let reason = await keep(session, experts)
                state.withLock { $0.session = nil }
                guard !Task.isCancelled else { return }
                logger.notice("the session ended; a new one is opened", metadata: ["why": "\(reason)"])
                // A session that ends at once, again and again, must not become a storm.
                if .now - joined > .seconds(5) { backoff.succeeded() }
            } catch {
                guard !Task.isCancelled else { return }
                note(error)
            }
            try? await Task.sleep(for: backoff.failed())
        }
    }

    /// Takes no new shards, lets the running ones end within `limit` and says goodbye.
    func leave(limit: Duration) async {
        state.withLock { $0.isLeaving = true }
        news.set()
        let deadline = ContinuousClock.now + limit
        while running.count > 0, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        if running.count > 0 { logger.warning("shards are cut off", metadata: ["count": "\(running.count)"]) }
        let (session, untold) = state.withLock { state in
            defer { state.untold = [:] }
            return (state.session, state.untold.values)
        }
        guard let session else { return }
        // Each was told with a poll that is still parked, and perhaps has not arrived. An end counts once.
        for end in untold { try? await session.finish(end, until: .now + Self.stoppedFinishLimit) }
        await session.leave()
    }

    private func waitForServers() async {
        let deadline = ContinuousClock.now + Self.firstWait
        while !Task.isCancelled, ContinuousClock.now < deadline {
            guard host.experts.contains(where: { $0.backend.status.state == .starting }) else { return }
            await news.wait(atMost: deadline - .now)
        }
    }

    private func hello(_ experts: [Expert]) async throws -> AgentSession {
        let challenge = try await caller.call(AgentMethods.challenge, ChallengeRequest(), timeout: .seconds(5))
            .challenge
        var request = HelloRequest(
            host: await host.host(),
            experts: experts,
            report: await host.report(isLeaving: isLeaving, roundTrip: .zero),
            certificate: [],
            signature: [],
            challenge: challenge
        )
        if !challenge.isEmpty {
            guard let signer else {
                throw StatusError(
                    .unauthenticated,
                    "the gate asks for the agent's certificate: give certificate, key and ca under 'tls'"
                )
            }
            request.certificate = signer.certificate
            request.signature = try signer.sign(challenge: challenge, host: request.host.id)
        }
        let reply = try await caller.call(AgentMethods.hello, request, timeout: .seconds(10))
        logger.info(
            "joined the fleet",
            metadata: ["host": "\(request.host.id)", "experts": "\(experts.count)", "gate": "\(reply.gateVersion)"]
        )
        let session = AgentSession(caller: caller, id: reply.session, settings: reply)
        state.withLock { state in
            state.session = session
            state.lastRefusal = ""
        }
        return session
    }

    /// Logs why there is no session, once per reason.
    private func note(_ error: any Error) {
        let message = (error as? StatusError)?.message ?? "\(error)"
        let isNew = state.withLock { state in
            defer { state.lastRefusal = message }
            return state.lastRefusal != message
        }
        if isNew { logger.error("no session with the gate", metadata: ["why": "\(message)"]) }
    }

    /// Runs a session until it ends.
    /// - Returns: why it ended.
    private func keep(_ session: AgentSession, _ experts: [Expert]) async -> String {
        await withTaskGroup(of: String.self) { group in
            group.addTask { await self.report(session, experts) }
            group.addTask(executorPreference: executor) { await self.obey(session) }
            for expert in host.experts {
                for _ in 0..<expert.setup.slots {
                    group.addTask(executorPreference: executor) { await self.work(session, expert) }
                }
            }
            let reason = await group.next() ?? ""
            group.cancelAll()
            return reason
        }
    }

    // MARK: Reports

    private func report(_ session: AgentSession, _ experts: [Expert]) async -> String {
        var isDraining = false
        while !Task.isCancelled {
            do {
                let roundTrip = state.withLock { $0.roundTrip }
                let report = await host.report(isLeaving: isLeaving, roundTrip: roundTrip)
                let sent = ContinuousClock.now
                let drain = try await session.report(report)
                note(roundTrip: .now - sent)
                if drain != isDraining {
                    isDraining = drain
                    logger.notice(drain ? "the gate drains this host" : "the gate takes this host back")
                }
            } catch let lost as SessionLost {
                return lost.reason
            } catch {
                logger.debug("no report", metadata: ["why": "\(error)"])
            }
            // The gate learns an expert's facts from the hello only.
            if !isLeaving, running.count == 0, experts != host.experts.map({ $0.expert() }) {
                return "the facts of the experts changed"
            }
            try? await Task.sleep(for: Self.leastReportInterval)
            await news.wait(atMost: max(.milliseconds(50), session.settings.reportInterval))
        }
        return "cancelled"
    }

    /// The least of the recent round trips: most of the rest is the other side's work. It forgets slowly.
    private func note(roundTrip: Duration) {
        state.withLock { state in
            let known = state.roundTrip
            state.roundTrip = known == .zero ? roundTrip : min(roundTrip, known + known / 16)
        }
    }

    // MARK: Polls

    private func obey(_ session: AgentSession) async -> String {
        await untilLost {
            switch try await session.poll(nil, number: self.nextPollNumber()) {
            case .cancelShard(let shard): self.running.stop(shard)
            case .drain(let drain): self.logger.notice("the gate says", metadata: ["drain": "\(drain)"])
            case .none, .start: break
            }
        }
    }

    /// Keeps one slot of `expert` busy.
    private func work(_ session: AgentSession, _ expert: ExpertRunner) async -> String {
        var next: Shard?
        return await untilLost {
            if let shard = next {
                next = nil
                next = try await self.execute(shard, expert, session)
            } else if self.isLeaving {
                try await Task.sleep(for: .milliseconds(50))
            } else if case .start(let shard) = try await session.poll(expert.id, number: self.nextPollNumber()) {
                next = shard
            }
        }
    }

    /// Repeats `act` until the session is lost or the task cancelled.
    private func untilLost(_ act: () async throws -> Void) async -> String {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(2))
        while !Task.isCancelled {
            do {
                try await act()
                backoff.succeeded()
            } catch let lost as SessionLost {
                return lost.reason
            } catch {
                logger.debug("no poll", metadata: ["why": "\(error)"])
                try? await Task.sleep(for: backoff.failed())
            }
        }
        return "cancelled"
    }

    private func nextPollNumber() -> UInt32 {
        state.withLock { state in
            state.pollNumber &+= 1
            return state.pollNumber
        }
    }

    // MARK: Shards

    /// Executes `shard` and tells the gate.
    /// - Returns: the slot's next shard, when the gate had one.
    private func execute(_ shard: Shard, _ expert: ExpertRunner, _ session: AgentSession) async throws -> Shard? {
        guard !isLeaving else {
            let refusal = ShardResult(
                error: StatusError(.unavailable, "host '\(host.id)' is shutting down"),
                finishReason: .interrupted
            )
            try await session.finish(
                ShardEnd(shard: shard.id, result: refusal),
                until: .now + Self.stoppedFinishLimit
            )
            return nil
        }
        let runner = ShardRunner(
            expert: expert,
            energy: host.energy,
            session: session,
            deadlines: deadlines,
            executor: executor
        )
        let end = await running.run(shard.id, on: executor) { stop in
            let end = await expert.whileBusy { await runner.run(shard, stop: { stop() }) }
            self.state.withLock { $0.untold[shard.id] = end }
            return end
        }
        if end.gaveFirstRates { news.set() }
        if let error = end.result.error { note(error, of: shard) }
        return try await tell(end, expert.id, session)
    }

    private func note(_ error: StatusError, of shard: Shard) {
        logger.log(
            level: error.code == .cancelled ? .debug : .warning,
            "shard failed",
            metadata: ["shard": "\(shard.id)", "expert": "\(shard.expert)", "why": "\(error)"]
        )
    }

    /// Tells the gate how a shard ended, also when it was stopped: the gate books what it took.
    /// - Returns: the slot's next shard, when the gate had one.
    private func tell(_ end: ShardEnd, _ expert: ExpertID, _ session: AgentSession) async throws -> Shard? {
        defer { state.withLock { _ = $0.untold.removeValue(forKey: end.shard) } }
        if session.settings.finishPolls, !isLeaving, !Task.isCancelled {
            do {
                return try await session.finish(end, polling: expert)
            } catch let lost as SessionLost {
                throw lost
            } catch {
                logger.debug("the gate may not have been told", metadata: ["shard": "\(end.shard)", "why": "\(error)"])
            }
        }
        guard state.withLock({ $0.untold[end.shard] != nil }) else { return nil }
        let limit = Task.isCancelled ? Self.stoppedFinishLimit : Self.finishLimit
        let telling = Task { try await session.finish(end, until: .now + limit) }
        if case .failure(let error) = await telling.result {
            logger.debug("the gate was not told", metadata: ["shard": "\(end.shard)", "why": "\(error)"])
        }
        return nil
    }
}
