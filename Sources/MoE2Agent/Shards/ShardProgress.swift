import MoE2Core
import Synchronization

/// How far a shard has come, why it was stopped, and who sends what it writes.
final class ShardProgress: Sendable {
    private struct State {
        var tokens = 0
        var cause: StatusError?
        var isCutOff = false
        var delivery: Task<Void, Never>?
        /// Nobody waits for the shard any more.
        var isAbandoned = false
    }

    private let state = Mutex(State())

    /// What was written and waits to be sent.
    let output: ChunkBuffer

    init(output: ChunkBuffer) { self.output = output }

    /// Tokens written so far.
    var tokens: Int { state.withLock { $0.tokens } }

    /// Why it was stopped; nil when it was not.
    var cause: StatusError? { state.withLock { $0.cause } }

    /// Whether output was lost on its way: what came after it is of no use.
    var isCutOff: Bool { state.withLock { $0.isCutOff } }

    /// What sends the output, when something does: a shard whose output goes with its end needs nobody.
    var delivery: Task<Void, Never>? { state.withLock { $0.delivery } }

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

    /// Nobody waits for the shard any more: nothing more is sent.
    func abandon(_ cause: StatusError) {
        let delivery = state.withLock { state -> Task<Void, Never>? in
            guard state.cause == nil else { return nil }
            state.cause = cause
            state.isAbandoned = true
            return state.delivery
        }
        delivery?.cancel()
    }

    /// Begins to send the output, unless that has begun.
    func deliver(_ begin: () -> Task<Void, Never>) {
        let abandoned = state.withLock { state -> Task<Void, Never>? in
            guard state.delivery == nil else { return nil }
            state.delivery = begin()
            return state.isAbandoned ? state.delivery : nil
        }
        abandoned?.cancel()
    }
}
