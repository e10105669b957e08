import FoundationEssentials
import SwiftASN1

/// One entry of a revocation list, as it is encoded.
struct RevokedCertificate: DERParseable {
    let serial: [UInt8]
    let time: Date

    init(derEncoded node: ASN1Node) throws {
        (serial, time) = try DER.sequence(node, identifier: .sequence) { nodes in
            let serial = try ArraySlice<UInt8>(derEncoded: &nodes)
            guard let time = nodes.next() else { throw ASN1Error.truncatedASN1Field() }
            // Reasons may follow; they change nothing.
            while nodes.next() != nil {}
            return (Array(serial), try CertificateTime(derEncoded: time).date)
        }
    }
}
