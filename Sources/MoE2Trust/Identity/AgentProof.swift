public import MoE2Core
import SwiftASN1
import X509

/// An agent's certificate and key: signs its hellos.
public struct AgentProof: Sendable {
    /// DER of the certificate.
    public let certificate: [UInt8]
    /// What is known of it.
    public let own: OwnCertificate
    /// Who the certificate is for.
    public var identity: CertificateIdentity { own.identity }
    private let key: Certificate.PrivateKey

    /// The proof from the PEM files of a certificate and its key.
    /// - Throws: `invalidArgument` when they cannot be read, do not belong together or are not an agent's.
    public init(certificateFile: String, keyFile: String) throws(StatusError) {
        let own = try OwnCertificate(certificate: certificateFile, key: keyFile, role: .agent)
        guard let certificate = try PEMFile.certificates(certificateFile).first else {
            throw StatusError(.invalidArgument, "'\(certificateFile)' holds no certificate")
        }
        let key = try PEMFile.privateKey(keyFile)
        var coder = DER.Serializer()
        do {
            try coder.serialize(certificate)
        } catch {
            throw StatusError(.invalidArgument, "'\(certificateFile)' cannot be encoded: \(error)")
        }
        self.certificate = coder.serializedBytes
        self.own = own
        self.key = key
    }

    /// Signs the gate's challenge for a hello of `host`.
    /// - Throws: `permissionDenied` when the certificate is for another host.
    public func sign(challenge: [UInt8], host: HostID) throws(StatusError) -> [UInt8] {
        guard identity.name == host.rawValue else {
            throw StatusError(
                .permissionDenied,
                "the certificate is for \(identity), not for the host '\(host)': set host.id, or issue another certificate"
            )
        }
        do {
            return try key.sign(
                bytes: HelloProof.statement(challenge: challenge, host: host),
                signatureAlgorithm: .ecdsaWithSHA256
            ).rawRepresentation
        } catch {
            throw StatusError(.internal, "cannot sign the hello: \(error): is the key a P-256 key?")
        }
    }
}
