public import MoE2Core
import X509

/// Who a certificate is for: the URI `moe2:ROLE:NAME` among its subject's alternative names.
public struct CertificateIdentity: Hashable, Sendable, CustomStringConvertible {
    private static let scheme = "moe2:"

    /// What the holder is.
    public var role: CertificateRole
    /// The holder's name: a host's id, a gate's or a client's name.
    public var name: String

    /// The holder `name` in the role `role`.
    /// - Throws: `invalidArgument` when the name could not be a directory's.
    public init(role: CertificateRole, name: String) throws(StatusError) {
        let name = try ClientName(name).rawValue
        guard !name.contains("/"), name != ".", name != ".." else {
            throw StatusError(.invalidArgument, "'\(name)' is no name for a certificate: use A–Z a–z 0–9 . _ : -")
        }
        self.role = role
        self.name = name
    }

    /// The identity in `certificate`; nil when it has none or more than one.
    init?(_ certificate: Certificate) {
        guard let names = try? certificate.extensions.subjectAlternativeNames else { return nil }
        let identities = names.compactMap { name -> CertificateIdentity? in
            guard case .uniformResourceIdentifier(let uri) = name, uri.hasPrefix(Self.scheme) else { return nil }
            let parts = uri.dropFirst(Self.scheme.count).split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let role = CertificateRole(rawValue: String(parts[0])) else { return nil }
            return try? CertificateIdentity(role: role, name: String(parts[1]))
        }
        guard identities.count == 1 else { return nil }
        self = identities[0]
    }

    var uri: String { "\(Self.scheme)\(role.rawValue):\(name)" }

    public var description: String { "\(role.rawValue) '\(name)'" }
}
