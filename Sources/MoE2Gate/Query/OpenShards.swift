import MoE2Core
import Synchronization

/// The shards of one query that run at present, so that its deadline ends all of them.
final class OpenShards: Sendable {
    private struct State {
        var launches: [ShardID: ShardLauncher.Launch] = [:]
        var isExpired = false
    }

    private let state = Mutex(State())

    /// Adds a shard.
    /// - Returns: whether the query's time is not over yet.
    func add(_ launch: ShardLauncher.Launch) -> Bool {
        state.withLock { state in
            guard !state.isExpired else { return false }
            state.launches[launch.run.shard.id] = launch
            return true
        }
    }

    /// Removes a shard.
    /// - Returns: whether it was there: it is not when it was stopped at the deadline.
    func remove(_ id: ShardID) -> Bool { state.withLock { $0.launches.removeValue(forKey: id) != nil } }

    /// The query's time is over: nothing can be added any more.
    /// - Returns: the shards that ran.
    func expire() -> [ShardLauncher.Launch] {
        state.withLock { state in
            state.isExpired = true
            defer { state.launches = [:] }
            return Array(state.launches.values)
        }
    }
}
