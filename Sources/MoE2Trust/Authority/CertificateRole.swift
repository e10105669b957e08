import X509

/// What the holder of a certificate is. Every role has an authority of its own, so that a certificate of one role is
/// worth nothing where another one is wanted, whatever the TLS library checks.
public enum CertificateRole: String, Sendable, Codable, CaseIterable {
    case gate
    case agent
    case client

    /// The roles whose authorities a holder of this role trusts.
    public var trusts: [CertificateRole] {
        switch self {
        case .gate: [.agent, .client]
        case .agent, .client: [.gate]
        }
    }

    /// The one thing that TLS may use the certificate for.
    var usage: ExtendedKeyUsage.Usage {
        switch self {
        case .gate: .serverAuth
        case .agent, .client: .clientAuth
        }
    }
}
