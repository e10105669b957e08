/// A server's certificate and the authority that its clients' certificates come from. PEM files.
public struct ServerTLS: Hashable, Sendable {
    /// The server's certificate, with its chain.
    public var certificateFile: String
    /// The certificate's private key.
    public var keyFile: String
    /// The fleet's certificate authority.
    public var clientCAFile: String
    /// The revocation lists of the authority; nil when there are none.
    public var revokedFile: String?
    /// Whether a client without a certificate of the authority is turned away. When not, `Peer.isVerified` tells.
    public var requireClientCertificate: Bool

    /// TLS with these files.
    public init(
        certificateFile: String,
        keyFile: String,
        clientCAFile: String,
        revokedFile: String? = nil,
        requireClientCertificate: Bool = true
    ) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.clientCAFile = clientCAFile
        self.revokedFile = revokedFile
        self.requireClientCertificate = requireClientCertificate
    }
}
