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

    private struct State {
        var session: AgentSession?
        var isLeaving = false
        var roundTrip = Duration.zero
        var lastRefusal = ""
        var pollNumber: UInt32 = 0
    }

    private let host: HostReporter
    private let caller: any Caller
    private let signer: (any HelloSigner)?
    private let logger: Logger
    private let state = Mutex(State())

    /// The shards that run.
    let running = RunningShards()
    /// News that the gate should hear of.
    let news = Signal()

    init(host: HostReporter, caller: any Caller, signer: (any HelloSigner)?, logger: Logger) {
        self.host = host
        self.caller = caller
        self.signer = signer
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
        if let session = state.withLock({ $0.session }) { await session.leave() }
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
            group.addTask { await self.obey(session) }
            for expert in host.experts {
                for _ in 0..<expert.setup.slots {
                    group.addTask { await self.work(session, expert) }
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
        await poll(session, expert: nil) { reply in
            switch reply {
            case .cancelShard(let shard): self.running.stop(shard)
            case .drain(let drain): self.logger.notice("the gate says", metadata: ["drain": "\(drain)"])
            case .none, .start: break
            }
        }
    }

    private func work(_ session: AgentSession, _ expert: ExpertRunner) async -> String {
        await poll(session, expert: expert.id) { reply in
            guard case .start(let shard) = reply else { return }
            await self.execute(shard, expert, session)
        }
    }

    /// Polls until the session is lost or the task cancelled.
    private func poll(
        _ session: AgentSession,
        expert: ExpertID?,
        _ act: (PollReply) async -> Void
    ) async -> String {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(2))
        while !Task.isCancelled {
            if expert != nil, isLeaving {
                try? await Task.sleep(for: .milliseconds(50))
                continue
            }
            do {
                let number = state.withLock { state in
                    state.pollNumber &+= 1
                    return state.pollNumber
                }
                await act(try await session.poll(expert, number: number))
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

    private func execute(_ shard: Shard, _ expert: ExpertRunner, _ session: AgentSession) async {
        guard !isLeaving else {
            let refusal = ShardResult(
                error: StatusError(.unavailable, "host '\(host.id)' is shutting down"),
                finishReason: .interrupted
            )
            try? await session.finish(shard.id, refusal, until: .now + ShardRunner.stoppedFinishLimit)
            return
        }
        let runner = ShardRunner(expert: expert, energy: host.energy, session: session, logger: logger)
        await running.run(shard.id) {
            let isFirst = await expert.whileBusy { await runner.run(shard) }
            if isFirst { self.news.set() }
        }
    }
}
