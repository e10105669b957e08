public import MoE2Core
public import MoE2Wire

/// Where the handler of a quick method puts its reply: at once, or later from any thread. Only the first reply counts.
public struct Responder<Reply: WireMessage>: Sendable {
    private let call: ServerCall

    init(_ call: ServerCall) { self.call = call }

    /// Answers the call.
    public func reply(_ reply: Reply) { call.finish(.success(reply.encoded())) }

    /// Ends the call with `error`.
    public func fail(_ error: StatusError) { call.finish(.failure(error)) }

    /// Calls `action` once when the caller gives up or its time is over; at once when that has happened already.
    public func onCancel(_ action: @escaping @Sendable () -> Void) { call.onCancel(action) }
}
