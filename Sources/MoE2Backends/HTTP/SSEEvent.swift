/// A server-sent event.
struct SSEEvent: Hashable, Sendable {
    /// Its type; empty is the usual one. llama.cpp once sent errors as a field `error`, which is the type `error` here.
    var name: String
    /// Its data, valid UTF-8.
    var data: String
}
