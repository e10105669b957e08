import MoE2Backends
import MoE2Core
import Synchronization

/// Between a model server that writes and a gate that reads: one writer, one reader. The writer waits when the reader is
/// too slow, so that the model server's connection fills up and the server slows down.
final class ChunkBuffer: Sendable {
    private struct State {
        var chunks = ChunkCoalescer()
        var isClosed = false
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// The number of chunks so far.
    var count: UInt32 { state.withLock { $0.chunks.count } }

    /// Adds output; returns when there is room for more, at once when nobody reads any more.
    func add(_ output: BackendOutput) async {
        let reader = state.withLock { state in
            if !state.isClosed { state.chunks.add(output) }
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
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

    /// The next chunks; empty after the last.
    func next() async -> [ShardChunk] {
        while true {
            let (batch, isClosed) = state.withLock { ($0.chunks.take(), $0.isClosed) }
            if !batch.isEmpty {
                wakeWriter()
                return batch
            }
            if isClosed || Task.isCancelled { return [] }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let goOn = state.withLock { state in
                        guard state.chunks.isEmpty, !state.isClosed, !Task.isCancelled else { return true }
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
