public import MoE2Core
public import MoE2Wire

/// A client's side of the protocol.
///
/// Lifecycle: make it, call it from any task, close it. A caller reconnects by itself; a call during an outage waits a
/// little, then fails with `unavailable` and the cause.
public protocol Caller: Sendable {
    /// One request, one reply.
    /// - Throws: ``StatusError``: the handler's, `deadlineExceeded` after `timeout`, `unavailable` when the other side
    ///   cannot be reached, `cancelled` when the task is cancelled.
    func call<Request, Reply>(
        _ method: UnaryMethod<Request, Reply>,
        _ request: Request,
        timeout: Duration
    ) async throws(StatusError) -> Reply

    /// One request, a stream of replies. Nothing is sent before the first element is asked for; leaving the loop early or
    /// cancelling the task cancels the call.
    func stream<Request, Element>(
        _ method: StreamingMethod<Request, Element>,
        _ request: Request,
        timeout: Duration
    ) -> ReplyStream<Element>

    /// Ends the connection.
    func close() async
}
