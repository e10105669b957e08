import MoE2Wire

/// What NNG is told of the protocol's limits.
enum NNGLimits {
    /// The largest message, with room for the WebSocket and SP headers. NNG closes the connection of a larger one.
    static let messageBytes = WireLimits.envelopeBytes + 1024
}
