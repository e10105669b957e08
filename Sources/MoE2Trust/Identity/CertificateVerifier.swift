import Crypto
public import FoundationEssentials
public import MoE2Core
import SwiftASN1
import X509

/// Checks certificates against the authorities that are trusted and what they revoked.
///
/// The fleet's chains have one shape: an authority, and the certificate that it signed. Nothing else is accepted, so
/// there are no paths to build.
public struct CertificateVerifier: Sendable {
    private let authorities: [Certificate]
    private let lists: [RevocationList]

    /// The verifier that trusts the authorities in the PEM file `authorities` but for what the lists in `revoked` name.
    /// - Throws: `invalidArgument` when a file cannot be read, or holds a list that no trusted authority signed.
    public init(authorities path: String, revoked: String?) throws(StatusError) {
        let authorities = try PEMFile.certificates(path)
        self.authorities = authorities
        guard let revoked else {
            lists = []
            return
        }
        var lists: [RevocationList] = []
        for document in try PEMFile.documents(revoked) where document.discriminator == RevocationList.discriminator {
            let list: RevocationList
            do {
                list = try RevocationList(derEncoded: document.derBytes)
            } catch {
                throw StatusError(.invalidArgument, "'\(revoked)' holds a damaged revocation list: \(error)")
            }
            // The owner's file has a list of every authority, also of those that are not trusted here.
            guard let authority = authorities.first(where: { $0.subject == list.issuer }) else { continue }
            guard list.isSigned(by: authority) else {
                throw StatusError(.invalidArgument, "'\(revoked)': the list of \(list.issuer) is not signed by it")
            }
            lists.append(list)
        }
        self.lists = lists
    }

    /// Checks the certificate in `der` and a statement that its holder signed.
    ///
    /// - Returns: who the holder is.
    /// - Throws: `unauthenticated` when the certificate or the signature is not to be believed, `permissionDenied` when
    ///   its role is not `role`.
    func holder(
        of der: [UInt8],
        role: CertificateRole,
        statement: [UInt8],
        signature: [UInt8],
        at now: Date
    ) throws(StatusError) -> CertificateIdentity {
        let certificate: Certificate
        do {
            certificate = try Certificate(derEncoded: der)
        } catch {
            throw StatusError(.unauthenticated, "the certificate is damaged")
        }
        let identity = try identity(of: certificate, at: now)
        guard identity.role == role else {
            throw StatusError(
                .permissionDenied,
                "the certificate is for \(identity); here a certificate of the role "
                    + "'\(role.rawValue)' is wanted"
            )
        }
        guard P256.Signing.PublicKey(certificate.publicKey) != nil,
            certificate.publicKey.isValidSignature(signature, for: statement, signatureAlgorithm: .ecdsaWithSHA256)
        else {
            throw StatusError(.unauthenticated, "the signature is not by the certificate's key")
        }
        return identity
    }

    /// Who the certificate is for, after every check but that of the role.
    func identity(of certificate: Certificate, at now: Date) throws(StatusError) -> CertificateIdentity {
        let authority = authorities.first {
            $0.subject == certificate.issuer && $0.publicKey.isValidSignature(certificate.signature, for: certificate)
        }
        guard let authority, certificate != authority else {
            throw StatusError(
                .unauthenticated,
                "the certificate is of an authority that is not trusted here ('\(certificate.issuer)'): issue it with this "
                    + "fleet's authority"
            )
        }
        for link in [certificate, authority] {
            guard link.notValidBefore <= now, now <= link.notValidAfter else {
                throw StatusError(
                    .unauthenticated,
                    "the certificate of '\(link.subject)' counts from \(link.notValidBefore.formatted(.iso8601)) to "
                        + "\(link.notValidAfter.formatted(.iso8601)): renew it, and check the clocks"
                )
            }
        }
        let serial = Array(certificate.serialNumber.bytes)
        guard !lists.contains(where: { $0.issuer == authority.subject && $0.entries.contains { $0.serial == serial } })
        else { throw StatusError(.unauthenticated, "the certificate of '\(certificate.subject)' is revoked") }
        guard let identity = CertificateIdentity(certificate), Self.isLeaf(certificate, for: identity.role) else {
            throw StatusError(.unauthenticated, "the certificate is none that moe2 pki issue makes")
        }
        return identity
    }

    private static func isLeaf(_ certificate: Certificate, for role: CertificateRole) -> Bool {
        guard let constraints = try? certificate.extensions.basicConstraints, constraints == .notCertificateAuthority,
            let usages = try? certificate.extensions.extendedKeyUsage, Array(usages) == [role.usage]
        else { return false }
        let known: Set<ASN1ObjectIdentifier> = [
            .X509ExtensionID.basicConstraints, .X509ExtensionID.keyUsage, .X509ExtensionID.extendedKeyUsage,
            .X509ExtensionID.subjectAlternativeName,
        ]
        return certificate.extensions.allSatisfy { !$0.critical || known.contains($0.oid) }
    }
}

extension CertificateVerifier {
    /// Checks that the agent of `host` made a hello.
    ///
    /// - Parameters:
    ///   - certificate: DER.
    ///   - signature: By its key, of `challenge` and `host`.
    /// - Throws: `unauthenticated` or `permissionDenied` with the cause and the cure.
    public func checkHello(
        of host: HostID,
        certificate: [UInt8],
        challenge: [UInt8],
        signature: [UInt8],
        at now: Date
    ) throws(StatusError) {
        let holder = try holder(
            of: certificate,
            role: .agent,
            statement: HelloProof.statement(challenge: challenge, host: host),
            signature: signature,
            at: now
        )
        guard holder.name == host.rawValue else {
            throw StatusError(
                .permissionDenied,
                "the certificate is for \(holder), but the agent says that it is the host '\(host)': set host.id, or issue "
                    + "another certificate"
            )
        }
    }
}
