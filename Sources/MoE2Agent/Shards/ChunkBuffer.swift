import MoE2Backends
import MoE2Core
import Synchronization

/// Between a model server that writes and a gate that reads: one writer, one reader. The writer waits when the reader is
/// too slow, so that the model server's connection fills up and the server slows down.
///
/// Output that nobody reads as it is written may linger for more of it: a call carries more then. No timer ends that: the next
/// output does, or the end.
final class ChunkBuffer: Sendable {
    private struct State {
        var chunks = ChunkCoalescer()
        /// Since when the oldest output waits.
        var since = ContinuousClock.now
        var isClosed = false
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let linger: Duration
    private let keepsLast: Bool

    /// A buffer whose output may wait for `linger`. When it `keepsLast`, the last output waits for ``takeLast()``.
    init(linger: Duration, keepsLast: Bool) {
        self.linger = linger
        self.keepsLast = keepsLast
    }

    /// The number of chunks so far.
    var count: UInt32 { state.withLock { $0.chunks.count } }

    /// Adds output; returns when there is room for more, at once when nobody reads any more. Calls `whenDue` when output is
    /// due, before it waits: there may be no reader before.
    func add(_ output: BackendOutput, whenDue: () -> Void = {}) async {
        let (reader, due, isFull) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Bool, Bool) in
            guard !state.isClosed else { return (nil, false, false) }
            if linger > .zero, state.chunks.isEmpty { state.since = .now }
            state.chunks.add(output)
            guard isDue(state) else { return (nil, false, false) }
            defer { state.reader = nil }
            return (state.reader, true, state.chunks.isFull)
        }
        guard due else { return }
        if let reader { reader.resume() } else { whenDue() }
        guard isFull else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goOn = state.withLock { state in
                    guard state.chunks.isFull, !state.isClosed, !Task.isCancelled else { return true }
                    state.writer = continuation
                    return false
                }
                if goOn { continuation.resume() }
            }
        } onCancel: {
            wakeWriter()
        }
    }

    /// The next chunks; empty after the last, or when only those are left that ``takeLast()`` takes.
    func next() async -> [ShardChunk] {
        while true {
            let (batch, isClosed) = state.withLock { state -> ([ShardChunk], Bool) in
                if state.isClosed {
                    return (keepsLast && state.chunks.fitInOneBatch ? [] : state.chunks.take(), true)
                }
                return (isDue(state) ? state.chunks.take() : [], false)
            }
            if !batch.isEmpty {
                wakeWriter()
                return batch
            }
            if isClosed || Task.isCancelled { return [] }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let goOn = state.withLock { state in
                        guard !isDue(state), !state.isClosed, !Task.isCancelled else { return true }
                        state.reader = continuation
                        return false
                    }
                    if goOn { continuation.resume() }
                }
            } onCancel: {
                wakeReader()
            }
        }
    }

    /// Whether there is something left that ``takeLast()`` does not take, once the buffer is closed.
    var needsReader: Bool { state.withLock { !$0.chunks.isEmpty && !(keepsLast && $0.chunks.fitInOneBatch) } }

    /// What is left once ``next()`` gave nothing more.
    func takeLast() -> [ShardChunk] { state.withLock { $0.chunks.take() } }

    private func isDue(_ state: State) -> Bool {
        guard !state.chunks.isEmpty else { return false }
        return linger == .zero || state.chunks.isHalfFull || .now - state.since >= linger
    }

    /// Nothing more is written, or nothing more is read.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeReader()
        wakeWriter()
    }

    private func wakeReader() {
        state.withLock { state in
            defer { state.reader = nil }
            return state.reader
        }?.resume()
    }

    private func wakeWriter() {
        state.withLock { state in
            defer { state.writer = nil }
            return state.writer
        }?.resume()
    }
}
