/// The other end of a connection.
public struct Peer: Hashable, Sendable, CustomStringConvertible {
    /// Tells this connection from all others of the process.
    public var id: UInt64
    /// Its address, for logs.
    public var address: String
    /// Whether it proved by TLS that it has a certificate of the fleet's CA.
    public var isVerified: Bool

    /// The peer with these facts.
    public init(id: UInt64, address: String, isVerified: Bool) {
        self.id = id
        self.address = address
        self.isVerified = isVerified
    }

    public var description: String { address }
}
