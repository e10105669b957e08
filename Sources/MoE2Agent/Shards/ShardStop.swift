import Synchronization

/// Cancels a shard's task, also before it is known.
final class ShardStop: Sendable {
    private struct State {
        var isStopped = false
        var cancel: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Stops the shard.
    func callAsFunction() {
        let cancel = state.withLock { state in
            state.isStopped = true
            defer { state.cancel = nil }
            return state.cancel
        }
        cancel?()
    }

    /// Names what cancels the task.
    func attach(_ cancel: @escaping @Sendable () -> Void) {
        let isStopped = state.withLock { state in
            if !state.isStopped { state.cancel = cancel }
            return state.isStopped
        }
        if isStopped { cancel() }
    }
}
