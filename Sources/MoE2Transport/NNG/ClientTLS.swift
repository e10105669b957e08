/// The authority that a server's certificate must come from, and the client's own certificate. PEM files.
public struct ClientTLS: Hashable, Sendable {
    /// The fleet's certificate authority.
    public var caFile: String
    /// The client's certificate; nil to offer none.
    public var certificateFile: String?
    /// The certificate's private key.
    public var keyFile: String?
    /// The revocation lists of the authority; nil when there are none.
    public var revokedFile: String?
    /// The name that the server's certificate must carry; nil takes the address's.
    public var serverName: String?

    /// TLS with these files.
    public init(
        caFile: String,
        certificateFile: String? = nil,
        keyFile: String? = nil,
        revokedFile: String? = nil,
        serverName: String? = nil
    ) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.revokedFile = revokedFile
        self.serverName = serverName
    }
}
