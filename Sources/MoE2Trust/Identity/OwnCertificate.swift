public import FoundationEssentials
public import MoE2Core
import X509

/// A program's own certificate and key, checked before TLS is given them: TLS takes two that do not belong together.
public struct OwnCertificate: Sendable {
    /// Less time left than this is worth a warning.
    public static let warningTime = Duration.seconds(14 * 86_400)

    /// Who it is for.
    public let identity: CertificateIdentity
    /// When it ends.
    public let expires: Date

    /// The certificate in the PEM file `certificate` with the key in `key`, which is to have the role `role`.
    /// - Throws: `invalidArgument` that names the file and what is wrong with it.
    public init(certificate path: String, key keyPath: String, role: CertificateRole) throws(StatusError) {
        guard let certificate = try PEMFile.certificates(path).first else {
            throw StatusError(.invalidArgument, "'\(path)' holds no certificate")
        }
        guard let identity = CertificateIdentity(certificate), identity.role == role else {
            throw StatusError(
                .invalidArgument,
                "'\(path)' is no certificate of the role '\(role.rawValue)': moe2 pki issue makes one"
            )
        }
        guard try PEMFile.privateKey(keyPath).publicKey == certificate.publicKey else {
            throw StatusError(.invalidArgument, "'\(keyPath)' is not the key of the certificate '\(path)'")
        }
        self.identity = identity
        expires = certificate.notValidAfter
    }

    /// What to warn of at the time `now`; nil when there is time enough.
    public func warning(at now: Date) -> String? {
        guard expires.timeIntervalSince(now) < Self.warningTime.seconds else { return nil }
        let verb = expires < now ? "ended" : "ends"
        return "the certificate of \(identity) \(verb) at \(expires.formatted(.iso8601)): renew it with moe2 pki renew"
    }
}
