import MoE2Core
import Synchronization

/// One call at the server: its task, and its reply or stream until nobody can ask for it any more.
final class ServerCall: Sendable {
    private struct State {
        var peer: Peer
        var task: Task<Void, Never>?
        var result: Result<[UInt8], StatusError>?
        var waiting: [CheckedContinuation<Result<[UInt8], StatusError>, Never>] = []
        var isStreaming = false
        var pulls = 0
        var lastSeen: ContinuousClock.Instant
        var pullStarted: ContinuousClock.Instant?
        var ended: ContinuousClock.Instant?
        var isCallerGone = false
        var isCancelled = false
        var isSettled = false
    }

    let method: String
    private let deadline: ContinuousClock.Instant?
    private let stream = StreamBuffer()
    private let state: Mutex<State>

    init(method: String, peer: Peer, deadline: ContinuousClock.Instant?) {
        self.method = method
        self.deadline = deadline
        state = Mutex(State(peer: peer, lastSeen: .now))
    }

    var peer: Peer { state.withLock { $0.peer } }

    /// The stream's messages; nil for a call with one reply.
    var buffer: StreamBuffer? { state.withLock { $0.isStreaming } ? stream : nil }

    /// Runs the handler, once.
    func start(_ handler: Router.Handler, _ request: [UInt8], _ context: CallContext) {
        state.withLock { state in
            guard state.task == nil else { return }
            switch handler {
            case .unary(let body):
                state.task = Task { finish(await Self.result { try await body(request, context) }) }
            case .streaming(let body):
                state.isStreaming = true
                state.task = Task { [stream] in
                    let result = await Self.result { () -> [UInt8] in
                        try await body(request, context, stream)
                        return []
                    }
                    var error: StatusError?
                    if case .failure(let failure) = result { error = failure }
                    stream.finish(error)
                    finish(result)
                }
            }
            if state.isCancelled { state.task?.cancel() }
        }
    }

    /// The reply of a call with one.
    func reply() async -> Result<[UInt8], StatusError> {
        await withCheckedContinuation { continuation in
            let result = state.withLock { state -> Result<[UInt8], StatusError>? in
                if state.result == nil { state.waiting.append(continuation) }
                return state.result
            }
            if let result { continuation.resume(returning: result) }
        }
    }

    /// Its last reply was made.
    /// - Returns: whether that is news.
    func settle() -> Bool {
        state.withLock { state in
            defer { state.isSettled = true }
            return !state.isSettled
        }
    }

    /// The caller gave up.
    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.task?.cancel()
        }
        stream.abandon()
    }

    /// The caller was heard of, perhaps on another connection.
    func seen(_ peer: Peer) {
        state.withLock { state in
            state.peer = peer
            state.lastSeen = .now
            state.isCallerGone = false
        }
    }

    /// The caller's connection is gone. A call with one reply is given up at once: it is asked for again if it is still
    /// wanted. A stream waits a little.
    func callerIsGone() {
        let isUnary = state.withLock { state in
            state.isCallerGone = true
            state.lastSeen = .now
            return !state.isStreaming
        }
        if isUnary { cancel() }
    }

    func pullStarted() {
        state.withLock { state in
            state.pulls += 1
            state.pullStarted = .now
        }
    }

    func pullEnded() {
        state.withLock { state in
            state.pulls -= 1
            state.lastSeen = .now
        }
    }

    func isForgotten(_ now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in state.ended.map { now - $0 > CallServer.memory } ?? false }
    }

    /// Answers pulls that waited long enough; gives up on a stream that nobody reads and on a call past its deadline.
    func tick(_ now: ContinuousClock.Instant) {
        enum Duty { case wake, cancel }
        let duty = state.withLock { state -> Duty? in
            guard state.ended == nil else { return nil }
            if let deadline, now > deadline { return .cancel }
            guard state.isStreaming else { return nil }
            let limit = state.isCallerGone ? CallServer.reconnectGrace : CallServer.streamIdleLimit
            if state.pulls == 0 || state.isCallerGone { return now - state.lastSeen > limit ? .cancel : nil }
            guard let started = state.pullStarted, now - started > CallServer.pullHold else { return nil }
            return .wake
        }
        switch duty {
        case .wake: stream.wake()
        case .cancel: cancel()
        case nil: break
        }
    }

    private func finish(_ result: Result<[UInt8], StatusError>) {
        let waiting = state.withLock { state in
            state.result = result
            state.ended = .now
            state.task = nil
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: result) }
    }

    private static func result(_ body: () async throws -> [UInt8]) async -> Result<[UInt8], StatusError> {
        do {
            return .success(try await body())
        } catch let error as StatusError {
            return .failure(error)
        } catch is CancellationError {
            return .failure(StatusError(.cancelled, "the call was cancelled"))
        } catch {
            return .failure(StatusError(.internal, "\(error)"))
        }
    }
}
