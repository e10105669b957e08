import CNNG
import MoE2Core
import Synchronization

/// One REQ context with its aio: sends one request and receives its reply at a time.
///
/// Lives as long as the process: freeing an aio waits for its callback, and contexts are pooled. NNG aborts the process
/// when an aio is used again before its callback, so every start is guarded by `phase`.
final class RequestContext: Sendable {
    private enum Phase { case idle, sending, receiving }

    private struct State {
        var phase = Phase.idle
        var isCancelled = false
        var until = ContinuousClock.now
        var continuation: CheckedContinuation<Result<[UInt8], NNGFailure>, Never>?
    }

    private let context: nng_ctx
    nonisolated(unsafe) private let aio: OpaquePointer
    private let state = Mutex(State())

    /// A context of `socket`; nil when the socket has no more.
    init?(_ socket: nng_socket) {
        var context = nng_ctx()
        guard nng_ctx_open(&context, socket) == 0 else { return nil }
        let box = CallbackBox<RequestContext>()
        var aio: OpaquePointer?
        let made = nng_aio_alloc(&aio, { CallbackBox<RequestContext>.target(of: $0)?.callback() }, box.retained())
        guard made == 0, let aio else {
            nng_ctx_close(context)
            return nil
        }
        self.context = context
        self.aio = aio
        box.set(self)
    }

    /// Sends `request` and waits for the reply.
    func exchange(_ request: [UInt8], timeout: Duration) async -> Result<[UInt8], NNGFailure> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    precondition(state.phase == .idle, "a context does one exchange at a time")
                    state.phase = .sending
                    state.isCancelled = false
                    state.until = .now + timeout
                    state.continuation = continuation
                }
                guard !Task.isCancelled, let message = NNGMessage.make(request) else {
                    return finish(.failure(NNGFailure(Task.isCancelled ? NNG_ECANCELED : NNG_ENOMEM)))
                }
                nng_aio_set_msg(aio, message)
                nng_aio_set_timeout(aio, Self.milliseconds(timeout))
                nng_ctx_send(context, aio)
                cancelIfAsked()
            }
        } onCancel: {
            state.withLock { $0.isCancelled = true }
            nng_aio_cancel(aio)
        }
    }

    private func callback() {
        let result = nng_aio_result(aio)
        let (phase, until, isCancelled) = state.withLock { ($0.phase, $0.until, $0.isCancelled) }
        switch phase {
        case .idle:
            return
        case .sending:
            guard result == 0 else {
                if let message = nng_aio_get_msg(aio) { nng_msg_free(message) }
                return finish(.failure(NNGFailure(code: result)))
            }
            guard !isCancelled else { return finish(.failure(NNGFailure(NNG_ECANCELED))) }
            let timeLeft = until - .now
            guard timeLeft > .zero else { return finish(.failure(NNGFailure(NNG_ETIMEDOUT))) }
            state.withLock { $0.phase = .receiving }
            nng_aio_set_timeout(aio, Self.milliseconds(timeLeft))
            nng_ctx_recv(context, aio)
            cancelIfAsked()
        case .receiving:
            guard result == 0, let message = nng_aio_get_msg(aio) else {
                return finish(.failure(NNGFailure(code: result)))
            }
            let bytes = NNGMessage.bytes(message)
            nng_msg_free(message)
            finish(.success(bytes))
        }
    }

    /// A cancel that came before the operation started did nothing.
    private func cancelIfAsked() {
        if state.withLock({ $0.isCancelled && $0.phase != .idle }) { nng_aio_cancel(aio) }
    }

    private func finish(_ result: Result<[UInt8], NNGFailure>) {
        let continuation = state.withLock { state in
            state.phase = .idle
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(returning: result)
    }

    private static func milliseconds(_ duration: Duration) -> nng_duration {
        nng_duration(clamping: max(1, Int64(duration.milliseconds)))
    }
}
