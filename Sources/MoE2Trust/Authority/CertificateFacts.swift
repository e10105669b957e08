public import FoundationEssentials
public import MoE2Core
import SwiftASN1
import X509

/// What people want to know of a certificate.
public struct CertificateFacts: Sendable {
    /// Who it is for; nil when it is none of the fleet's.
    public var identity: CertificateIdentity?
    /// Its serial number in hexadecimal.
    public var serial: String
    /// Who signed it.
    public var issuer: String
    /// From when it counts.
    public var begins: Date
    /// Until when it counts.
    public var expires: Date
    /// The names that a gate is dialled by.
    public var dns: [String]
    /// The addresses that a gate is dialled by.
    public var ip: [String]

    /// The facts of every certificate in the PEM file at `path`.
    /// - Throws: `invalidArgument` that names the file and what is wrong with it.
    public static func read(_ path: String) throws(StatusError) -> [CertificateFacts] {
        try PEMFile.certificates(path).map(CertificateFacts.init)
    }

    init(_ certificate: Certificate) {
        identity = CertificateIdentity(certificate)
        serial = Hexadecimal.text(certificate.serialNumber.bytes)
        issuer = "\(certificate.issuer)"
        begins = certificate.notValidBefore
        expires = certificate.notValidAfter
        dns = []
        ip = []
        let names = (try? certificate.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames()
        for name in names {
            switch name {
            case .ipAddress(let bytes): ip += [IPAddressText.text(Array(bytes.bytes))].compactMap { $0 }
            case .dnsName(let name): dns.append(name)
            default: break
            }
        }
        // An address is there as a DNS name too.
        dns.removeAll { ip.contains($0) }
    }

    var names: (dns: [String], ip: [String]) { (dns, ip) }
}
