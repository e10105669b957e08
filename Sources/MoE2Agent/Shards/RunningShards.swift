import MoE2Core
import Synchronization

/// The shards that run on this host, so that each can be stopped by name.
final class RunningShards: Sendable {
    private struct State {
        var stops: [ShardID: @Sendable () -> Void] = [:]
        /// Shards that were called off before they began: the control poll may overtake the credit poll.
        var calledOff: [ShardID] = []
    }

    /// Names of shards called off that are remembered.
    private static let memory = 64

    private let state = Mutex(State())

    /// The number of shards that run.
    var count: Int { state.withLock { $0.stops.count } }

    /// Runs `body` as the shard `id`; cancelling the caller's task stops it, too.
    func run<Value: Sendable>(_ id: ShardID, _ body: @escaping @Sendable () async -> Value) async -> Value {
        let task = Task { await body() }
        let isCalledOff = state.withLock { state in
            state.stops[id] = { task.cancel() }
            guard let place = state.calledOff.firstIndex(of: id) else { return false }
            state.calledOff.remove(at: place)
            return true
        }
        if isCalledOff { task.cancel() }
        defer { state.withLock { _ = $0.stops.removeValue(forKey: id) } }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Stops the shard `id`.
    func stop(_ id: ShardID) {
        let stop = state.withLock { state -> (@Sendable () -> Void)? in
            if let stop = state.stops[id] { return stop }
            state.calledOff.append(id)
            if state.calledOff.count > Self.memory { state.calledOff.removeFirst() }
            return nil
        }
        stop?()
    }
}
