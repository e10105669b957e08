import MoE2Core
import Synchronization

/// The shards that run on this host, so that each can be stopped by name.
final class RunningShards: Sendable {
    private struct State {
        var tasks: [ShardID: Task<Void, Never>] = [:]
        /// Shards that were called off before they began: the control poll may overtake the credit poll.
        var calledOff: [ShardID] = []
    }

    /// Names of shards called off that are remembered.
    private static let memory = 64

    private let state = Mutex(State())

    /// The number of shards that run.
    var count: Int { state.withLock { $0.tasks.count } }

    /// Runs `body` as the shard `id`; cancelling the caller's task stops it, too.
    func run(_ id: ShardID, _ body: @escaping @Sendable () async -> Void) async {
        let task = state.withLock { state -> Task<Void, Never> in
            let task = Task { await body() }
            if let place = state.calledOff.firstIndex(of: id) {
                state.calledOff.remove(at: place)
                task.cancel()
            }
            state.tasks[id] = task
            return task
        }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        state.withLock { _ = $0.tasks.removeValue(forKey: id) }
    }

    /// Stops the shard `id`.
    func stop(_ id: ShardID) {
        let task = state.withLock { state -> Task<Void, Never>? in
            if let task = state.tasks[id] { return task }
            state.calledOff.append(id)
            if state.calledOff.count > Self.memory { state.calledOff.removeFirst() }
            return nil
        }
        task?.cancel()
    }
}
