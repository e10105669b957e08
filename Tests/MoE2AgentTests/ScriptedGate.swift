import Logging
import MoE2Core
import MoE2Transport
import MoE2Wire
import Synchronization

/// The gate's side of the agents' protocol, in memory, with every call on record.
final class ScriptedGate: Sendable {
    struct State {
        var sessions = 0
        var session = ""
        var hellos: [HelloRequest] = []
        var reports: [CapacityReport] = []
        var waiting: [Shard] = []
        var commands: [PollReply] = []
        var chunks: [ShardID: [ShardChunk]] = [:]
        var calls: [ShardID: Int] = [:]
        var results: [ShardID: ShardResult] = [:]
        var unwanted: Set<ShardID> = []
        var hasLeft = false
        var refusal: StatusError?
        var challenge: [UInt8] = []
        var finishPolls = true
        /// Polls of slots that came in a call of their own.
        var polls = 0

        mutating func add(_ new: [ShardChunk], of shard: ShardID) throws(StatusError) {
            for chunk in new {
                let known = chunks[shard]?.count ?? 0
                guard chunk.sequence <= known else { throw StatusError(.dataLoss, "a gap before \(chunk.sequence)") }
                if chunk.sequence == known { chunks[shard, default: []].append(chunk) }
            }
        }
    }

    /// Long enough for the slowest test to find a poll parked.
    private static let pollHold = Duration.seconds(20)

    let state = Mutex(State())
    private let router = Router()

    init() {
        router.register(AgentMethods.challenge) { _, _ in
            ChallengeReply(challenge: self.state.withLock { $0.challenge })
        }
        router.register(AgentMethods.hello) { request, _ in try self.hello(request) }
        router.register(AgentMethods.report) { request, _ in
            try self.check(request.session)
            self.state.withLock { $0.reports.append(request.report) }
            return ReportReply(drain: false)
        }
        router.register(AgentMethods.poll) { request, _ in
            if request.expert != nil { self.state.withLock { $0.polls += 1 } }
            return try await self.poll(request)
        }
        router.register(AgentMethods.chunks) { request, _ in
            try self.check(request.session)
            return try self.state.withLock { state throws(StatusError) in
                state.calls[request.shard, default: 0] += 1
                try state.add(request.chunks, of: request.shard)
                return ChunksReply(cancel: state.unwanted.contains(request.shard))
            }
        }
        router.register(AgentMethods.finish) { request, _ in
            try self.check(request.session)
            try self.state.withLock { state throws(StatusError) in
                try state.add(request.lastChunks, of: request.shard)
                state.results[request.shard] = state.results[request.shard] ?? request.result
            }
            guard let expert = request.poll else { return FinishReply() }
            let reply = try await self.poll(PollRequest(session: request.session, expert: expert, number: 0))
            guard case .start(let shard) = reply else { return FinishReply() }
            return FinishReply(start: shard)
        }
        router.register(AgentMethods.leave) { request, _ in
            try self.check(request.session)
            self.state.withLock { state in
                state.hasLeft = true
                state.session = ""
            }
            return LeaveReply()
        }
    }

    func caller(_ faults: InMemoryTransport.Faults = .init(), random: @escaping @Sendable () -> Double = { 1 })
        -> any Caller
    {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return InMemoryTransport(router: router, faults: faults, logger: logger, random: random).caller()
    }

    func start(_ shard: Shard) { state.withLock { $0.waiting.append(shard) } }
    func command(_ reply: PollReply) { state.withLock { $0.commands.append(reply) } }
    /// As after a restart: no session is known.
    func forget() { state.withLock { $0.session = "" } }
    func result(_ id: ShardID) -> ShardResult? { state.withLock { $0.results[id] } }
    func text(_ id: ShardID) -> String { state.withLock { ($0.chunks[id] ?? []).map(\.text).joined() } }

    private func hello(_ request: HelloRequest) throws(StatusError) -> HelloReply {
        let (session, refusal) = state.withLock { state in
            state.hellos.append(request)
            if state.refusal == nil {
                state.sessions += 1
                state.session = "session-\(state.sessions)"
            }
            return (state.session, state.refusal)
        }
        if let refusal { throw refusal }
        return HelloReply(
            session: session,
            reportInterval: .milliseconds(100),
            pollHold: Self.pollHold,
            sessionTimeout: .seconds(5),
            gateVersion: "test",
            finishPolls: state.withLock { $0.finishPolls }
        )
    }

    private func check(_ session: String) throws(StatusError) {
        guard state.withLock({ $0.session == session }) else {
            throw StatusError(.notFound, "no such session; say hello again")
        }
    }

    private func poll(_ request: PollRequest) async throws -> PollReply {
        let until = ContinuousClock.now + Self.pollHold
        while ContinuousClock.now < until {
            try check(request.session)
            let reply = state.withLock { state -> PollReply? in
                guard let expert = request.expert else {
                    return state.commands.isEmpty ? nil : state.commands.removeFirst()
                }
                guard let place = state.waiting.firstIndex(where: { $0.expert == expert }) else { return nil }
                return .start(state.waiting.remove(at: place))
            }
            if let reply { return reply }
            try await Task.sleep(for: .milliseconds(2))
        }
        return .none
    }
}
