import MoE2Core
import Synchronization

/// How far a shard has come, and why it was stopped.
final class ShardProgress: Sendable {
    private let state = Mutex((tokens: 0, cause: StatusError?.none))

    /// What was written and waits to be sent.
    let output = ChunkBuffer()

    /// Tokens written so far.
    var tokens: Int { state.withLock { $0.tokens } }

    /// Why it was stopped; nil when it was not.
    var cause: StatusError? { state.withLock { $0.cause } }

    func wrote(_ tokens: Int) { state.withLock { $0.tokens += tokens } }

    /// Notes why the shard is stopped; only the first cause counts.
    func stop(_ cause: StatusError) {
        state.withLock { $0.cause = $0.cause ?? cause }
    }
}
