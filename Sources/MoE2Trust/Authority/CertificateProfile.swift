import Crypto
import FoundationEssentials
import MoE2Core
import SwiftASN1
import X509

/// Makes certificates of the one shape that the fleet uses: P-256 keys, ECDSA with SHA-256, one authority above a leaf.
/// Debian's NNG with mbedTLS 2.28 takes them.
enum CertificateProfile {
    /// Clocks of edge hosts may be behind: a certificate is valid from this long before it was made.
    static let clockTolerance = Duration.seconds(3600)

    /// The certificate of an authority over `role`, signed by itself.
    static func authority(
        for role: CertificateRole,
        key: P256.Signing.PrivateKey,
        validity: Duration,
        now: Date
    ) throws -> Certificate {
        let key = Certificate.PrivateKey(key)
        let name = try DistinguishedName {
            OrganizationName("MoE2")
            CommonName(
                "MoE2 \(role.rawValue) authority \(Hexadecimal.text(Certificate.SerialNumber().bytes.prefix(4)))"
            )
        }
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: now.addingTimeInterval(-clockTolerance.seconds),
            notValidAfter: now.addingTimeInterval(validity.seconds),
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            },
            issuerPrivateKey: key
        )
    }

    /// A certificate for `identity`, signed by `issuer`. A gate is reached by the names `dns` and the addresses `ip`.
    static func leaf(
        _ identity: CertificateIdentity,
        dns: [String],
        ip: [String],
        publicKey: P256.Signing.PublicKey,
        issuer: Certificate,
        issuerKey: Certificate.PrivateKey,
        validity: Duration,
        now: Date
    ) throws -> Certificate {
        let publicKey = Certificate.PublicKey(publicKey)
        let names = try alternativeNames(identity, dns: dns, ip: ip)
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: publicKey,
            notValidBefore: max(now.addingTimeInterval(-clockTolerance.seconds), issuer.notValidBefore),
            notValidAfter: min(now.addingTimeInterval(validity.seconds), issuer.notValidAfter),
            issuer: issuer.subject,
            subject: try DistinguishedName {
                OrganizationName("MoE2 \(identity.role.rawValue)")
                CommonName(identity.name)
            },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([identity.role.usage])
                SubjectAlternativeNames(names)
                SubjectKeyIdentifier(hash: publicKey)
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: issuer.publicKey).keyIdentifier)
            },
            issuerPrivateKey: issuerKey
        )
    }

    /// mbedTLS 2.28 compares the name that was dialled with DNS names only, so an address is there as both.
    private static func alternativeNames(
        _ identity: CertificateIdentity,
        dns: [String],
        ip: [String]
    ) throws -> [GeneralName] {
        var names: [GeneralName] = [.uniformResourceIdentifier(identity.uri)]
        for name in dns {
            guard !name.isEmpty, name.utf8.count <= 253, name.utf8.allSatisfy(isHostCharacter) else {
                throw StatusError(.invalidArgument, "'\(name)' is no DNS name")
            }
            names.append(.dnsName(name))
        }
        for address in ip {
            guard let bytes = IPAddressText.bytes(address), let text = IPAddressText.text(bytes) else {
                throw StatusError(.invalidArgument, "'\(address)' is no IPv4 or IPv6 address")
            }
            names.append(.ipAddress(ASN1OctetString(contentBytes: bytes[...])))
            names.append(.dnsName(text))
        }
        return names
    }

    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "*"):
            true
        default: false
        }
    }
}
