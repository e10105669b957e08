import MoE2Core
import Synchronization

/// Carries a shard's output from the agent's calls to the query that waits for it. One reader.
///
/// At most ``capacity`` chunks are held: beyond that the agent's call is not answered until the reader has caught up,
/// and an agent sends its next chunks only after the answer. So a slow client slows its own experts and nobody else.
final class ShardMailbox: Sendable {
    /// Chunks held before the writer has to wait.
    static let capacity = 64

    private struct State {
        var chunks: [ShardChunk] = []
        var expected: UInt32 = 0
        var result: ShardResult?
        var closed = false
        var reader: CheckedContinuation<Void, Never>?
        var writers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Adds consecutive chunks; returns when there is room for more. Chunks that are here already are dropped.
    /// - Returns: whether anybody still waits for the shard.
    /// - Throws: `dataLoss` when chunks before these are missing.
    func push(_ chunks: [ShardChunk]) async throws(StatusError) -> Bool {
        let gap = state.withLock { state -> UInt32? in
            guard !state.closed else { return nil }
            for chunk in chunks where chunk.sequence >= state.expected {
                guard chunk.sequence == state.expected else { return chunk.sequence }
                state.chunks.append(chunk)
                state.expected += 1
            }
            wakeReader(&state)
            return nil
        }
        if let gap { throw StatusError(.dataLoss, "chunk \(gap) of the shard came before its forerunners") }
        await withCheckedContinuation { continuation in
            let goOn = state.withLock { state in
                guard !state.closed, state.chunks.count > Self.capacity else { return true }
                state.writers.append(continuation)
                return false
            }
            if goOn { continuation.resume() }
        }
        return state.withLock { !$0.closed }
    }

    /// Ends the shard. Only the first end counts.
    func finish(_ result: ShardResult) {
        state.withLock { state in
            guard state.result == nil else { return }
            state.result = result
            wakeReader(&state)
        }
    }

    /// The reader is no longer interested: writers are let go.
    func close() {
        let writers = state.withLock { state in
            state.closed = true
            state.chunks.removeAll()
            wakeReader(&state)
            return takeWriters(&state)
        }
        for writer in writers { writer.resume() }
    }

    /// The next event. After `finished` it returns `finished` again.
    /// - Throws: `CancellationError` when the reading task is cancelled.
    func next() async throws -> ShardEvent {
        while true {
            try Task.checkCancellation()
            if let event = takeNext() { return event }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let goOn = state.withLock { state in
                        guard state.chunks.isEmpty, state.result == nil, !state.closed, !Task.isCancelled else {
                            return true
                        }
                        state.reader = continuation
                        return false
                    }
                    if goOn { continuation.resume() }
                }
            } onCancel: {
                state.withLock { wakeReader(&$0) }
            }
        }
    }

    private func takeNext() -> ShardEvent? {
        let (event, writers) = state.withLock { state -> (ShardEvent?, [CheckedContinuation<Void, Never>]) in
            if !state.chunks.isEmpty {
                let chunk = state.chunks.removeFirst()
                return (.chunk(chunk), state.chunks.count <= Self.capacity ? takeWriters(&state) : [])
            }
            if let result = state.result { return (.finished(result), []) }
            if state.closed {
                return (.finished(ShardResult(error: StatusError(.cancelled, "the shard was withdrawn"))), [])
            }
            return (nil, [])
        }
        for writer in writers { writer.resume() }
        return event
    }

    private func wakeReader(_ state: inout State) {
        state.reader?.resume()
        state.reader = nil
    }

    private func takeWriters(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        defer { state.writers = [] }
        return state.writers
    }
}
