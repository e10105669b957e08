/// Why a connection is over.
struct ConnectionEnd: Hashable, Sendable {
    /// The cause, in words.
    var why: String
    /// Whether the other side broke the protocol.
    var isMalformed = false
}
