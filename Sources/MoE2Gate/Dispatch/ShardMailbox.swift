import MoE2Core
import Synchronization

/// Carries a shard's output from the agent's calls to the query that waits for it. One reader.
///
/// At most ``capacity`` chunks are held: beyond that the agent's call is not answered until the reader has caught up,
/// and an agent sends its next chunks only after the answer. So a slow client slows its own experts and nobody else.
final class ShardMailbox: Sendable {
    /// Chunks held before the writer has to wait.
    static let capacity = 64

    private typealias Reader = CheckedContinuation<Void, Never>

    private struct State {
        var chunks: [ShardChunk] = []
        var expected: UInt32 = 0
        var result: ShardResult?
        var closed = false
        var isNudged = false
        var reader: Reader?
        var writers: [@Sendable (Bool) -> Void] = []

        /// Adds consecutive chunks; those that are here already are dropped.
        /// - Returns: the number of the first one whose forerunners are missing.
        mutating func add(_ new: [ShardChunk]) -> UInt32? {
            for chunk in new where chunk.sequence >= expected {
                guard chunk.sequence == expected else { return chunk.sequence }
                chunks.append(chunk)
                expected += 1
            }
            return nil
        }
    }

    private let state = Mutex(State())

    /// Adds consecutive chunks; calls `done` when there is room for more, with whether anybody still waits for the shard: at
    /// once, or on the reader's thread. Chunks that are here already are dropped.
    /// - Throws: `dataLoss` when chunks before these are missing; `done` is not called then.
    func push(_ chunks: [ShardChunk], done: @escaping @Sendable (Bool) -> Void) throws(StatusError) {
        let (gap, answer, reader) = state.withLock { state -> (UInt32?, Bool?, Reader?) in
            guard !state.closed else { return (nil, false, nil) }
            if let gap = state.add(chunks) { return (gap, nil, nil) }
            if state.chunks.count <= Self.capacity { return (nil, true, takeReader(&state)) }
            state.writers.append(done)
            return (nil, nil, takeReader(&state))
        }
        reader?.resume()
        if let gap { throw Self.gap(before: gap) }
        if let answer { done(answer) }
    }

    /// Ends the shard, after its `last` chunks. Only the first end counts. A shard that ended well but whose output has a gap
    /// is one that failed.
    func finish(_ result: ShardResult, last: [ShardChunk] = []) {
        let reader = state.withLock { state -> Reader? in
            guard state.result == nil else { return nil }
            var result = result
            let gap = state.closed ? nil : state.add(last)
            if let missing = gap ?? (result.chunks > state.expected ? result.chunks : nil), result.error == nil,
                !state.closed
            {
                result.error = Self.gap(before: missing)
            }
            state.result = result
            return takeReader(&state)
        }
        reader?.resume()
    }

    private static func gap(before chunk: UInt32) -> StatusError {
        StatusError(.dataLoss, "chunk \(chunk) of the shard came before its forerunners")
    }

    /// The reader is no longer interested: writers are let go.
    func close() {
        let (reader, writers) = state.withLock { state in
            state.closed = true
            state.chunks.removeAll()
            return (takeReader(&state), takeWriters(&state))
        }
        reader?.resume()
        for writer in writers { writer(false) }
    }

    /// The next event. After `finished` it returns `finished` again.
    /// - Throws: `CancellationError` when the reading task is cancelled.
    func next() async throws -> ShardEvent {
        while true {
            if let event = try await nextUnlessNudged() { return event }
        }
    }

    /// Makes a reader that waits, or the next one that would have to, go on without an event.
    func nudge() {
        let reader = state.withLock { state in
            state.isNudged = true
            return takeReader(&state)
        }
        reader?.resume()
    }

    /// The next event; nil when ``nudge()`` came before it.
    /// - Throws: `CancellationError` when the reading task is cancelled.
    func nextUnlessNudged() async throws -> ShardEvent? {
        while true {
            try Task.checkCancellation()
            if let event = takeNext() { return event }
            if takeNudge() { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let goOn = state.withLock { state in
                        guard state.chunks.isEmpty, state.result == nil, !state.closed, !state.isNudged,
                            !Task.isCancelled
                        else { return true }
                        state.reader = continuation
                        return false
                    }
                    if goOn { continuation.resume() }
                }
            } onCancel: {
                state.withLock { takeReader(&$0) }?.resume()
            }
        }
    }

    private func takeNudge() -> Bool {
        state.withLock { state in
            defer { state.isNudged = false }
            return state.isNudged
        }
    }

    private func takeNext() -> ShardEvent? {
        let (event, writers) = state.withLock { state -> (ShardEvent?, [@Sendable (Bool) -> Void]) in
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
        for writer in writers { writer(true) }
        return event
    }

    /// Whoever is to be resumed once the lock is open: the runtime holds a lock of the task, both while it resumes it and
    /// while it tells it that it is cancelled, and that asks for this one.
    private func takeReader(_ state: inout State) -> Reader? {
        defer { state.reader = nil }
        return state.reader
    }

    private func takeWriters(_ state: inout State) -> [@Sendable (Bool) -> Void] {
        defer { state.writers = [] }
        return state.writers
    }
}
