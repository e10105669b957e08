import MoE2Loops
import Synchronization

/// One client connection: lets the request that is being answered hear that the client went away.
final class Connection: Sendable {
    private struct State {
        var isClosed = false
        var onClose: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    /// Runs the connection's tasks; nil leaves them to the runtime's threads.
    let executor: EventLoopExecutor?

    /// A connection whose tasks `executor` runs.
    init(executor: EventLoopExecutor?) { self.executor = executor }

    /// Calls `action` once when the client goes away; at once when it is gone already. HTTP/1.1 answers one request at a
    /// time, so there is one action.
    func watch(_ action: @escaping @Sendable () -> Void) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.onClose = action }
            return state.isClosed
        }
        if isClosed { action() }
    }

    /// The request is answered.
    func unwatch() { state.withLock { $0.onClose = nil } }

    /// The client went away.
    func close() {
        let action = state.withLock { state in
            state.isClosed = true
            defer { state.onClose = nil }
            return state.onClose
        }
        action?()
    }
}
