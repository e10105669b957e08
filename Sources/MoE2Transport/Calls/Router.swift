public import MoE2Core
public import MoE2Wire
import Synchronization

/// The methods that a server offers, by name.
///
/// Handlers run in a task of their own, which is cancelled on cancellation by the caller, at the deadline and when the
/// caller is gone. A ``StatusError`` that a handler throws crosses the wire; any other error is an `internal` one. Quick
/// handlers run without a task on the thread that received the request: a change of threads costs more than they do.
public final class Router: Sendable {
    enum Handler: Sendable {
        case unary(@Sendable ([UInt8], CallContext) async throws -> [UInt8])
        case quick(@Sendable ([UInt8], CallContext, ServerCall) -> Void)
        case streaming(@Sendable ([UInt8], CallContext, StreamBuffer) async throws -> Void)
    }

    private let handlers = Mutex<[String: Handler]>([:])
    private let refusal = Mutex<StatusError?>(nil)

    /// A router without methods.
    public init() {}

    /// Offers a method with one reply.
    public func register<Request, Reply>(
        _ method: UnaryMethod<Request, Reply>,
        _ handler: @escaping @Sendable (Request, CallContext) async throws -> Reply
    ) {
        let unary: Handler = .unary { bytes, context in
            try await handler(try Self.decode(bytes), context).encoded()
        }
        handlers.withLock { $0[method.name] = unary }
    }

    /// Offers a method with one reply whose handler returns at once, having replied or kept the ``Responder`` to reply later.
    public func register<Request, Reply>(
        quick method: UnaryMethod<Request, Reply>,
        _ handler: @escaping @Sendable (Request, CallContext, Responder<Reply>) -> Void
    ) {
        let quick: Handler = .quick { bytes, context, call in
            do throws(StatusError) {
                handler(try Self.decode(bytes), context, Responder(call))
            } catch {
                call.finish(.failure(error))
            }
        }
        handlers.withLock { $0[method.name] = quick }
    }

    /// Offers a method with a stream of replies.
    public func register<Request, Element>(
        _ method: StreamingMethod<Request, Element>,
        _ handler: @escaping @Sendable (Request, CallContext, StreamWriter<Element>) async throws -> Void
    ) {
        let streaming: Handler = .streaming { bytes, context, buffer in
            try await handler(try Self.decode(bytes), context, StreamWriter(buffer))
        }
        handlers.withLock { $0[method.name] = streaming }
    }

    /// Refuses new streams from now on; those that run go on.
    public func refuseStreams(_ error: StatusError) { refusal.withLock { $0 = error } }

    func handler(for method: String) throws(StatusError) -> Handler {
        guard let handler = handlers.withLock({ $0[method] }) else {
            throw StatusError(
                .unimplemented,
                "the method '\(method)' is not known here; the other side may be newer: update this one"
            )
        }
        if case .streaming = handler, let refusal = refusal.withLock({ $0 }) { throw refusal }
        return handler
    }

    private static func decode<Message: WireMessage>(_ bytes: [UInt8]) throws(StatusError) -> Message {
        do {
            return try Message(decoding: bytes)
        } catch {
            throw StatusError(.invalidArgument, error.message)
        }
    }
}
