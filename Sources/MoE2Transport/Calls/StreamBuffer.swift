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

    private struct State {
        var first: UInt32 = 0
        var messages: [[UInt8]] = []
        var end: End?
        var isAbandoned = false
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func append(_ message: [UInt8]) async throws {
        try Task.checkCancellation()
        let (isAbandoned, reader) = state.withLock { state in
            if !state.isAbandoned { state.messages.append(message) }
            return (state.isAbandoned, take(&state.reader))
        }
        reader?.resume()
        if isAbandoned { throw CancellationError() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goOn = state.withLock { state in
                    guard state.messages.count >= Self.capacity, !state.isAbandoned, !Task.isCancelled else {
                        return true
                    }
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
        state.withLock { state in
            if state.end == nil { state.end = End(error: error) }
            return take(&state.reader)
        }?.resume()
    }

    /// Nobody reads any more.
    func abandon() {
        let waiting = state.withLock { state in
            state.isAbandoned = true
            state.messages = []
            return [take(&state.reader), take(&state.writer)]
        }
        for continuation in waiting { continuation?.resume() }
    }

    /// The messages from `sequence` on, at most `credits`: at once when there are any or the stream has ended, else as
    /// soon as ``wake()`` or the writer says so, perhaps empty.
    /// - Throws: `outOfRange` when messages are asked for that were acknowledged before or do not exist yet.
    func pull(from sequence: UInt32, credits: Int) async throws(StatusError) -> Batch {
        if let batch = try take(from: sequence, credits: credits) { return batch }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
                    guard state.end == nil, !state.isAbandoned, !Task.isCancelled,
                        state.first + UInt32(state.messages.count) <= sequence
                    else { return continuation }
                    // A pull that is done again takes the place of the one before it.
                    defer { state.reader = continuation }
                    return state.reader
                }
                waiting?.resume()
            }
        } onCancel: {
            wake()
        }
        return try take(from: sequence, credits: credits) ?? Batch(sequence: sequence, messages: [], end: nil)
    }

    /// Makes a waiting pull return with what there is.
    func wake() { state.withLock { take(&$0.reader) }?.resume() }

    private func take(from sequence: UInt32, credits: Int) throws(StatusError) -> Batch? {
        let result = state.withLock { state -> Result<Batch?, StatusError> in
            let end = state.first + UInt32(state.messages.count)
            guard sequence >= state.first, sequence <= end else {
                return .failure(
                    StatusError(.outOfRange, "message \(sequence) of the stream is not there: \(state.first)..<\(end)")
                )
            }
            state.messages.removeFirst(Int(sequence - state.first))
            state.first = sequence
            let writer = state.messages.count < Self.capacity ? take(&state.writer) : nil
            defer { writer?.resume() }
            let batch = Self.batch(state.messages, credits: credits)
            if batch.isEmpty, state.end == nil { return .success(nil) }
            return .success(
                Batch(
                    sequence: sequence,
                    messages: batch,
                    end: batch.count == state.messages.count ? state.end : nil
                )
            )
        }
        return try result.get()
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

    private func take(_ continuation: inout CheckedContinuation<Void, Never>?) -> CheckedContinuation<Void, Never>? {
        defer { continuation = nil }
        return continuation
    }
}
