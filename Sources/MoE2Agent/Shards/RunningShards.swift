import MoE2Core
import Synchronization

/// The shards that run on this host, so that each can be stopped by name.
final class RunningShards: Sendable {
    private struct State {
        var stops: [ShardID: ShardStop] = [:]
        /// Shards that were called off before they began: the control poll may overtake the credit poll.
        var calledOff: [ShardID] = []
    }

    /// Names of shards called off that are remembered.
    private static let memory = 64

    private let state = Mutex(State())

    /// The number of shards that run.
    var count: Int { state.withLock { $0.stops.count } }

    /// Runs `body` on `executor` as the shard `id`, in a task that it is given the means to cancel; cancelling the caller's
    /// task stops it, too.
    func run<Value: Sendable>(
        _ id: ShardID,
        on executor: any TaskExecutor,
        _ body: @escaping @Sendable (ShardStop) async -> Value
    ) async -> Value {
        let stop = ShardStop()
        let isCalledOff = state.withLock { state in
            state.stops[id] = stop
            guard !state.calledOff.isEmpty, let place = state.calledOff.firstIndex(of: id) else { return false }
            state.calledOff.remove(at: place)
            return true
        }
        let task = Task(executorPreference: executor) { await body(stop) }
        stop.attach { task.cancel() }
        if isCalledOff { stop() }
        defer { state.withLock { _ = $0.stops.removeValue(forKey: id) } }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Stops the shard `id`.
    func stop(_ id: ShardID) {
        let stop = state.withLock { state -> ShardStop? in
            if let stop = state.stops[id] { return stop }
            state.calledOff.append(id)
            if state.calledOff.count > Self.memory { state.calledOff.removeFirst() }
            return nil
        }
        stop?()
    }
}
