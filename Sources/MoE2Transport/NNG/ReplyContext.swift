import CNNG
import Synchronization

/// One REP context with its aio: receives a request, has it answered, sends the reply, and so on.
///
/// Lives as long as the process, as ``RequestContext`` does.
final class ReplyContext: Sendable {
    private enum Phase { case receiving, answering, sending }

    private let context: nng_ctx
    nonisolated(unsafe) private let aio: OpaquePointer
    private let phase = Mutex(Phase.receiving)
    /// Has a request answered: hands over the reply, at once or later; nil closes the connection that it came on.
    typealias Answer = @Sendable ([UInt8], nng_pipe, @escaping @Sendable ([UInt8]?) -> Void) -> Void

    private let answer: Answer

    /// A context of `socket`; nil when the socket has no more.
    init?(_ socket: nng_socket, answer: @escaping Answer) {
        var context = nng_ctx()
        guard nng_ctx_open(&context, socket) == 0 else { return nil }
        let box = CallbackBox<ReplyContext>()
        var aio: OpaquePointer?
        let made = nng_aio_alloc(&aio, { CallbackBox<ReplyContext>.target(of: $0)?.callback() }, box.retained())
        guard made == 0, let aio else {
            nng_ctx_close(context)
            return nil
        }
        self.context = context
        self.aio = aio
        self.answer = answer
        box.set(self)
    }

    /// Starts to receive.
    func start() { receive() }

    private func receive() {
        phase.withLock { $0 = .receiving }
        nng_ctx_recv(context, aio)
    }

    private func callback() {
        let result = nng_aio_result(aio)
        switch phase.withLock({ $0 }) {
        case .answering:
            return
        case .receiving:
            guard result == 0, let message = nng_aio_get_msg(aio) else {
                // The socket is never closed while the process lives, so any other error passes.
                if result != Int32(NNG_ECLOSED.rawValue) { receive() }
                return
            }
            let bytes = NNGMessage.bytes(message)
            let pipe = nng_msg_get_pipe(message)
            nng_msg_free(message)
            phase.withLock { $0 = .answering }
            answer(bytes, pipe) { [self] in send($0, pipe) }
        case .sending:
            if result != 0, let message = nng_aio_get_msg(aio) { nng_msg_free(message) }
            receive()
        }
    }

    private func send(_ reply: [UInt8]?, _ pipe: nng_pipe) {
        guard let reply, let message = NNGMessage.make(reply) else {
            nng_pipe_close(pipe)
            return receive()
        }
        phase.withLock { $0 = .sending }
        nng_aio_set_msg(aio, message)
        nng_ctx_send(context, aio)
    }
}
