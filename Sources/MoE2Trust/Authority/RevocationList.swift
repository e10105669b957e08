import FoundationEssentials
import MoE2Core
import SwiftASN1
import X509

/// An X.509 revocation list (RFC 5280, section 5) of one authority.
///
/// It does not go stale before its authority does: the owner's machine is offline and cannot sign a list every day, and
/// mbedTLS turns everybody away once a list is past its next update.
struct RevocationList: Sendable {
    static let discriminator = "X509 CRL"
    private static let number: ASN1ObjectIdentifier = [2, 5, 29, 20]
    private static let ecdsaWithSHA256: ASN1ObjectIdentifier = [1, 2, 840, 10045, 4, 3, 2]

    /// A certificate that is no longer to be believed.
    struct Entry: Hashable, Sendable {
        /// Its serial number.
        var serial: [UInt8]
        /// Since when.
        var time: Date
    }

    /// The authority's subject.
    var issuer: DistinguishedName
    /// What it revoked.
    var entries: [Entry]
    private let signed: [UInt8]
    private let signature: [UInt8]

    /// The list of `entries`, signed by the authority `issuer`.
    static func pem(
        _ entries: [Entry],
        issuer: Certificate,
        key: Certificate.PrivateKey,
        now: Date
    ) throws -> String {
        var content = DER.Serializer()
        try content.appendConstructedNode(identifier: .sequence) { coder in
            // Version 2.
            try coder.serialize(1)
            try serializeAlgorithm(&coder)
            try coder.serialize(issuer.subject)
            try serialize(now, into: &coder)
            try serialize(issuer.notValidAfter, into: &coder)
            if !entries.isEmpty {
                try coder.appendConstructedNode(identifier: .sequence) { coder in
                    for entry in entries {
                        try coder.appendConstructedNode(identifier: .sequence) { coder in
                            try coder.serialize(entry.serial[...])
                            try serialize(entry.time, into: &coder)
                        }
                    }
                }
            }
            try coder.serialize(explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific) { coder in
                try coder.appendConstructedNode(identifier: .sequence) { coder in
                    try coder.appendConstructedNode(identifier: .sequence) { coder in
                        try coder.serialize(number)
                        var value = DER.Serializer()
                        try value.serialize(Int(now.timeIntervalSince1970))
                        try coder.serialize(ASN1OctetString(contentBytes: value.serializedBytes[...]))
                    }
                }
            }
        }
        let signed = content.serializedBytes
        let signature = try key.sign(bytes: signed, signatureAlgorithm: .ecdsaWithSHA256)
        var list = DER.Serializer()
        try list.appendConstructedNode(identifier: .sequence) { coder in
            coder.serializeRawBytes(signed)
            try serializeAlgorithm(&coder)
            try coder.serialize(ASN1BitString(bytes: signature.rawRepresentation[...]))
        }
        return PEMDocument(type: discriminator, derBytes: list.serializedBytes).pemString + "\n"
    }

    /// The list in `bytes`. Its signature is not checked yet.
    init(derEncoded bytes: [UInt8]) throws {
        (signed, signature, issuer, entries) = try DER.sequence(try DER.parse(bytes), identifier: .sequence) { nodes in
            guard let content = nodes.next(), let algorithm = nodes.next() else {
                throw ASN1Error.truncatedASN1Field()
            }
            let signature = try ASN1BitString(derEncoded: &nodes)
            try Self.checkAlgorithm(algorithm)
            let (issuer, entries) = try Self.parse(content)
            return (Array(content.encodedBytes), Array(signature.bytes), issuer, entries)
        }
    }

    /// Whether `authority` made this list.
    func isSigned(by authority: Certificate) -> Bool {
        authority.subject == issuer
            && authority.publicKey.isValidSignature(signature, for: signed, signatureAlgorithm: .ecdsaWithSHA256)
    }

    private static func parse(_ content: ASN1Node) throws -> (DistinguishedName, [Entry]) {
        try DER.sequence(content, identifier: .sequence) { nodes in
            guard try Int(derEncoded: &nodes) == 1, let algorithm = nodes.next() else {
                throw ASN1Error.invalidASN1Object(reason: "a revocation list must have version 2")
            }
            try checkAlgorithm(algorithm)
            guard let name = nodes.next() else { throw ASN1Error.truncatedASN1Field() }
            let issuer = try DistinguishedName(derEncoded: name)
            var entries: [Entry] = []
            while let node = nodes.next() {
                guard node.identifier == .sequence else { continue }
                entries = try DER.sequence(of: RevokedCertificate.self, identifier: .sequence, rootNode: node)
                    .map { Entry(serial: $0.serial, time: $0.time) }
            }
            return (issuer, entries)
        }
    }

    private static func checkAlgorithm(_ node: ASN1Node) throws {
        let algorithm = try DER.sequence(node, identifier: .sequence) { nodes in
            try ASN1ObjectIdentifier(derEncoded: &nodes)
        }
        guard algorithm == ecdsaWithSHA256 else {
            throw ASN1Error.invalidASN1Object(reason: "a revocation list must be signed with ECDSA and SHA-256")
        }
    }

    private static func serializeAlgorithm(_ coder: inout DER.Serializer) throws {
        try coder.appendConstructedNode(identifier: .sequence) { coder in try coder.serialize(ecdsaWithSHA256) }
    }

    private static func serialize(_ time: Date, into coder: inout DER.Serializer) throws {
        try CertificateTime(time).serialize(into: &coder)
    }
}
