import MoE2Core
import Synchronization

/// One call at the server: its task, and its reply or stream until nobody can ask for it any more.
final class ServerCall: Sendable {
    typealias Reply = Result<[UInt8], StatusError>

    private struct State {
        var peer: Peer
        var isStarted = false
        var task: Task<Void, Never>?
        var result: Reply?
        var waiting: [@Sendable (Reply) -> Void] = []
        var onCancel: (@Sendable () -> Void)?
        var pulls = 0
        var lastSeen: ContinuousClock.Instant
        var pullStarted: ContinuousClock.Instant?
        var ended: ContinuousClock.Instant?
        var isCallerGone = false
        var isCancelled = false
        var isSettled = false
    }

    private static let cancelled = StatusError(.cancelled, "the call was cancelled")

    private let handler: Router.Handler?
    private let deadline: ContinuousClock.Instant?
    /// The stream's messages; nil for a call with one reply.
    let buffer: StreamBuffer?
    private let state: Mutex<State>

    /// A call that `handler` answers.
    init(_ handler: Router.Handler, peer: Peer, deadline: ContinuousClock.Instant?) {
        self.handler = handler
        self.deadline = deadline
        if case .streaming = handler { buffer = StreamBuffer() } else { buffer = nil }
        state = Mutex(State(peer: peer, lastSeen: .now))
    }

    /// A call that was cancelled before it came.
    init(cancelledBy peer: Peer) {
        handler = nil
        deadline = nil
        buffer = nil
        state = Mutex(State(peer: peer, result: .failure(Self.cancelled), lastSeen: .now, ended: .now))
    }

    var peer: Peer { state.withLock { $0.peer } }

    /// Whether it has its reply, or its stream has ended.
    var isOver: Bool { state.withLock { $0.result != nil } }

    /// Runs the handler, once.
    func start(_ request: [UInt8], _ context: CallContext) {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted && state.result == nil
        }
        guard isFirst else { return }
        switch handler {
        case .quick(let body):
            body(request, context, self)
        case .unary(let body):
            run { try await body(request, context) }
        case .streaming(let body):
            guard let buffer else { return }
            run { [buffer] in
                let result = await Self.result { () -> [UInt8] in
                    try await body(request, context, buffer)
                    return []
                }
                if case .failure(let error) = result { buffer.finish(error) } else { buffer.finish(nil) }
                return try result.get()
            }
        case nil:
            return
        }
    }

    private func run(_ body: @escaping @Sendable () async throws -> [UInt8]) {
        let cancelled = state.withLock { state -> Task<Void, Never>? in
            let task = Task { finish(await Self.result(body)) }
            state.task = task
            return state.isCancelled ? task : nil
        }
        cancelled?.cancel()
    }

    /// Calls `done` with the reply of a call with one: at once when it is there, else on the thread that makes it.
    func whenReplied(_ done: @escaping @Sendable (Reply) -> Void) {
        let result = state.withLock { state -> Reply? in
            if state.result == nil { state.waiting.append(done) }
            return state.result
        }
        if let result { done(result) }
    }

    /// Its last reply was made.
    /// - Returns: whether that is news.
    func settle() -> Bool {
        state.withLock { state in
            defer { state.isSettled = true }
            return !state.isSettled
        }
    }

    /// Calls `action` once when the call is given up.
    func onCancel(_ action: @escaping @Sendable () -> Void) {
        let isCancelled = state.withLock { state in
            if !state.isCancelled, state.result == nil { state.onCancel = action }
            return state.isCancelled
        }
        if isCancelled { action() }
    }

    /// The caller gave up.
    func cancel() {
        // What a task does when it is cancelled, it does on this thread: not with the lock held.
        let (action, task) = state.withLock { state in
            state.isCancelled = true
            defer { state.onCancel = nil }
            return (state.onCancel, state.task)
        }
        task?.cancel()
        action?()
        buffer?.abandon()
        // A task answers by itself when it is cancelled; a quick handler may have nothing that could.
        if case .quick = handler { finish(.failure(Self.cancelled)) }
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
        state.withLock { state in
            state.isCallerGone = true
            state.lastSeen = .now
        }
        if buffer == nil { cancel() }
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
            guard buffer != nil else { return nil }
            let limit = state.isCallerGone ? CallServer.reconnectGrace : CallServer.streamIdleLimit
            if state.pulls == 0 || state.isCallerGone { return now - state.lastSeen > limit ? .cancel : nil }
            guard let started = state.pullStarted, now - started > CallServer.pullHold else { return nil }
            return .wake
        }
        switch duty {
        case .wake: buffer?.wake()
        case .cancel: cancel()
        case nil: break
        }
    }

    /// Ends the call. Only the first end counts.
    func finish(_ result: Reply) {
        let waiting = state.withLock { state in
            guard state.result == nil else { return [@Sendable (Reply) -> Void]() }
            state.result = result
            state.ended = .now
            state.task = nil
            state.onCancel = nil
            defer { state.waiting = [] }
            return state.waiting
        }
        for done in waiting { done(result) }
    }

    private static func result(_ body: () async throws -> [UInt8]) async -> Reply {
        do {
            return .success(try await body())
        } catch let error as StatusError {
            return .failure(error)
        } catch is CancellationError {
            return .failure(cancelled)
        } catch {
            return .failure(StatusError(.internal, "\(error)"))
        }
    }
}
