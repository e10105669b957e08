import MoE2Core
import Synchronization

/// How far a shard has come, and why it was stopped.
final class ShardProgress: Sendable {
    private let state = Mutex((tokens: 0, cause: StatusError?.none, isCutOff: false))

    /// What was written and waits to be sent.
    let output: ChunkBuffer

    init(output: ChunkBuffer) { self.output = output }

    /// Tokens written so far.
    var tokens: Int { state.withLock { $0.tokens } }

    /// Why it was stopped; nil when it was not.
    var cause: StatusError? { state.withLock { $0.cause } }

    /// Whether output was lost on its way: what came after it is of no use.
    var isCutOff: Bool { state.withLock { $0.isCutOff } }

    /// Nothing can be sent any more.
    func cutOff() {
        state.withLock { $0.isCutOff = true }
        output.close()
    }

    func wrote(_ tokens: Int) { state.withLock { $0.tokens += tokens } }

    /// Notes why the shard is stopped; only the first cause counts.
    func stop(_ cause: StatusError) {
        state.withLock { $0.cause = $0.cause ?? cause }
    }
}
