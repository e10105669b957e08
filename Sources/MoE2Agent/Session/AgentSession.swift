import MoE2Core
import MoE2Transport
import MoE2Wire

/// A session with the gate: the calls that name it.
struct AgentSession: Sendable {
    /// Longest time that a call other than a poll may take.
    static let callTimeout = Duration.seconds(5)
    /// How much longer than the gate holds a poll the agent waits for its answer.
    static let pollGrace = Duration.seconds(8)

    let caller: any Caller
    let id: String
    let settings: HelloReply

    /// Reports capacity.
    /// - Returns: whether the host is to drain.
    func report(_ report: CapacityReport) async throws -> Bool {
        let timeout = min(Self.callTimeout, max(.seconds(1), settings.sessionTimeout / 2))
        return try await lost {
            try await caller.call(AgentMethods.report, ReportRequest(session: id, report: report), timeout: timeout)
                .drain
        }
    }

    /// Parks a poll: a credit for a shard of `expert`, or the control poll when it is nil.
    func poll(_ expert: ExpertID?, number: UInt32) async throws -> PollReply {
        try await lost {
            try await caller.call(
                AgentMethods.poll,
                PollRequest(session: id, expert: expert, number: number),
                timeout: settings.pollHold + Self.pollGrace
            )
        }
    }

    /// Sends output of `shard`; again when it is not known whether it arrived, until `deadline`.
    /// - Returns: whether anybody still waits for the shard.
    func send(_ chunks: [ShardChunk], of shard: ShardID, until deadline: ContinuousClock.Instant) async throws -> Bool {
        let request = ChunksRequest(session: id, shard: shard, chunks: chunks)
        return try await insist(until: deadline) { timeout in
            try await !caller.call(AgentMethods.chunks, request, timeout: timeout).cancel
        }
    }

    /// Tells how a shard ended; again when it is not known whether that arrived, until `deadline`.
    func finish(_ end: ShardEnd, until deadline: ContinuousClock.Instant) async throws {
        let request = FinishRequest(session: id, shard: end.shard, result: end.result, lastChunks: end.lastChunks)
        try await insist(until: deadline) { timeout in
            _ = try await caller.call(AgentMethods.finish, request, timeout: timeout)
        }
    }

    /// Tells how a shard ended and parks the next poll of its slot, in one call. When that fails it is not known whether the
    /// gate heard of the end.
    /// - Returns: the slot's next shard; nil when there was none before the poll's time passed.
    func finish(_ end: ShardEnd, polling expert: ExpertID) async throws -> Shard? {
        let request = FinishRequest(
            session: id,
            shard: end.shard,
            result: end.result,
            lastChunks: end.lastChunks,
            poll: expert
        )
        return try await lost {
            try await caller.call(AgentMethods.finish, request, timeout: settings.pollHold + Self.pollGrace).start
        }
    }

    /// Ends the session in good order.
    func leave() async {
        _ = try? await caller.call(AgentMethods.leave, LeaveRequest(session: id), timeout: .seconds(2))
    }

    /// Repeats `call` while the gate is out of reach. The calls are idempotent: chunks are numbered, and a shard's end
    /// counts once.
    private func insist<Value>(
        until deadline: ContinuousClock.Instant,
        _ call: (Duration) async throws -> Value
    ) async throws -> Value {
        var backoff = Backoff(first: .milliseconds(50), longest: .seconds(1))
        while true {
            let timeLeft = deadline - .now
            do {
                // A slow reader at the other end may hold the answer back for as long as the shard has time.
                return try await lost { try await call(max(.milliseconds(100), timeLeft)) }
            } catch let error as StatusError {
                let isPassing = error.code == .unavailable || error.code == .deadlineExceeded
                let pause = backoff.failed()
                guard isPassing, !Task.isCancelled, .now + pause < deadline else { throw error }
                try await Task.sleep(for: pause)
            }
        }
    }

    private func lost<Value>(_ call: () async throws -> Value) async throws -> Value {
        do {
            return try await call()
        } catch let error as StatusError {
            switch error.code {
            case .notFound, .unauthenticated, .permissionDenied: throw SessionLost(reason: error.message)
            default: throw error
            }
        }
    }
}
