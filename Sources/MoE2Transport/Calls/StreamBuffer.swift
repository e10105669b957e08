import MoE2Core
import MoE2Wire
import Synchronization

/// A stream's messages between the handler that writes them and the reader that pulls them. Messages are kept until the
/// reader asks for those behind them, so that a pull can be done again.
final class StreamBuffer: Sendable {
    /// Messages held before the writer has to wait.
    static let capacity = 256

    /// What a pull gets.
    struct Batch: Sendable {
        var sequence: UInt32
        var messages: [[UInt8]]
        /// Set when the stream has ended and nothing follows `messages`: nil inside means it ended well.
        var end: End?
    }

    /// How the stream ended.
    struct End: Sendable { var error: StatusError? }

    typealias Pulled = Result<Batch, StatusError>

    /// A pull that waits for messages.
    private struct Reader: Sendable {
        var sequence: UInt32
        var credits: Int
        var done: @Sendable (Pulled) -> Void
    }

    private struct State {
        var first: UInt32 = 0
        var messages: [[UInt8]] = []
        var end: End?
        var isAbandoned = false
        var reader: Reader?
        var writer: CheckedContinuation<Void, Never>?

        var isFull: Bool { messages.count >= StreamBuffer.capacity }
    }

    private let state = Mutex(State())

    /// Adds a message; returns when there is room for more. The one that `isLast` ends the stream well.
    func append(_ message: [UInt8], isLast: Bool = false) async throws {
        try Task.checkCancellation()
        let (isAbandoned, isFull, reader) = state.withLock { state in
            if !state.isAbandoned {
                state.messages.append(message)
                if isLast, state.end == nil { state.end = End() }
            }
            return (state.isAbandoned, state.isFull, take(&state.reader))
        }
        if let reader { answer(reader) }
        if isAbandoned { throw CancellationError() }
        guard isFull, !isLast else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goOn = state.withLock { state in
                    guard state.isFull, !state.isAbandoned, !Task.isCancelled else { return true }
                    state.writer = continuation
                    return false
                }
                if goOn { continuation.resume() }
            }
        } onCancel: {
            state.withLock { take(&$0.writer) }?.resume()
        }
        try Task.checkCancellation()
    }

    func finish(_ error: StatusError?) {
        let reader = state.withLock { state in
            if state.end == nil { state.end = End(error: error) }
            return take(&state.reader)
        }
        if let reader { answer(reader) }
    }

    /// Nobody reads any more.
    func abandon() {
        let (reader, writer) = state.withLock { state in
            state.isAbandoned = true
            state.messages = []
            return (take(&state.reader), take(&state.writer))
        }
        writer?.resume()
        if let reader { answer(reader) }
    }

    /// Calls `done` with the messages from `sequence` on, at most `credits`: at once when there are any or the stream has
    /// ended, else on the thread of whoever writes or calls ``wake()``, then perhaps empty. `outOfRange` when messages are
    /// asked for that were acknowledged before or do not exist yet.
    func pull(from sequence: UInt32, credits: Int, done: @escaping @Sendable (Pulled) -> Void) {
        let (result, replaced, writer) = state.withLock { state in
            let (taken, writer) = Self.take(from: sequence, credits: credits, &state)
            if let taken { return (taken as Pulled?, nil as Reader?, writer) }
            guard !state.isAbandoned else { return (Pulled.success(.empty(sequence)), nil, writer) }
            // A pull that is done again takes the place of the one before it.
            let replaced = state.reader
            state.reader = Reader(sequence: sequence, credits: credits, done: done)
            return (nil as Pulled?, replaced, writer)
        }
        writer?.resume()
        if let result { done(result) }
        if let replaced { answer(replaced) }
    }

    /// Makes a waiting pull return with what there is.
    func wake() {
        if let reader = state.withLock({ take(&$0.reader) }) { answer(reader) }
    }

    private func answer(_ reader: Reader) {
        let (taken, writer) = state.withLock { Self.take(from: reader.sequence, credits: reader.credits, &$0) }
        writer?.resume()
        reader.done(taken ?? .success(.empty(reader.sequence)))
    }

    /// What a pull gets at once; nil when there is nothing yet. And the writer, when there is room for it again.
    private static func take(
        from sequence: UInt32,
        credits: Int,
        _ state: inout State
    ) -> (Pulled?, CheckedContinuation<Void, Never>?) {
        let end = state.first + UInt32(state.messages.count)
        guard sequence >= state.first, sequence <= end else {
            return (
                .failure(
                    StatusError(.outOfRange, "message \(sequence) of the stream is not there: \(state.first)..<\(end)")
                ), nil
            )
        }
        state.messages.removeFirst(Int(sequence - state.first))
        state.first = sequence
        let writer = state.isFull ? nil : state.writer
        if writer != nil { state.writer = nil }
        let batch = batch(state.messages, credits: credits)
        if batch.isEmpty, state.end == nil { return (nil, writer) }
        return (
            .success(
                Batch(
                    sequence: sequence,
                    messages: batch,
                    end: batch.count == state.messages.count ? state.end : nil
                )
            ), writer
        )
    }

    /// As many messages as asked for, as long as they fit into one envelope.
    private static func batch(_ messages: [[UInt8]], credits: Int) -> [[UInt8]] {
        var bytes = 0
        return Array(
            messages.prefix(min(max(1, credits), WireLimits.messagesPerEnvelope)).prefix { message in
                bytes += message.count
                return bytes == message.count || bytes <= WireLimits.envelopeBytes / 2
            }
        )
    }

    private func take<Value>(_ value: inout Value?) -> Value? {
        defer { value = nil }
        return value
    }
}

extension StreamBuffer.Batch {
    /// Nothing yet.
    static func empty(_ sequence: UInt32) -> Self { Self(sequence: sequence, messages: [], end: nil) }
}
