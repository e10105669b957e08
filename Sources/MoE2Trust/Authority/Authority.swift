import Crypto
public import FoundationEssentials
public import MoE2Core
import SwiftASN1
import X509

/// The fleet's certificate authority: a directory on a machine of the owner, who carries it where he likes.
///
/// It holds one authority for every role, the index of what they issued, the revocation list, and in `issued/ROLE/NAME`
/// what belongs on the host of that name: its certificate, its key, and the authorities that it is to trust.
public struct Authority: Sendable {
    /// How long the authorities themselves last.
    public static let lifetime = Duration.seconds(3650 * 86_400)
    /// How long a certificate lasts unless said otherwise.
    public static let standardValidity = Duration.seconds(90 * 86_400)

    /// Where it lies.
    public let directory: String

    /// Makes a new authority in `directory`.
    /// - Throws: `alreadyExists` when one is there; `unavailable` when it cannot be written.
    public static func create(in directory: String, now: Date = Date()) throws(StatusError) -> Authority {
        let authority = Authority(directory: directory)
        try SafeFile.makeDirectory(directory)
        try SafeFile.withLock(on: authority.indexFile) { () throws(StatusError) in
            guard !SafeFile.exists(authority.indexFile) else {
                throw StatusError(.alreadyExists, "'\(directory)' holds an authority already: choose another directory")
            }
            for role in CertificateRole.allCases {
                let key = P256.Signing.PrivateKey()
                let certificate = try Self.made("the authority") {
                    try CertificateProfile.authority(for: role, key: key, validity: lifetime, now: now)
                }
                try SafeFile.write(key.pemRepresentation + "\n", to: authority.keyFile(role), mode: SafeFile.secretMode)
                try SafeFile.write(
                    try Self.pem(certificate),
                    to: authority.certificateFile(role),
                    mode: SafeFile.publicMode
                )
            }
            try SafeFile.makeDirectory("\(directory)/issued")
            for role in CertificateRole.allCases { try SafeFile.makeDirectory("\(directory)/issued/\(role.rawValue)") }
            try authority.writeRevocations(AuthorityIndex(), now: now)
            try AuthorityIndex().write(authority.indexFile)
        }
        return authority
    }

    /// The authority in `directory`.
    /// - Throws: `notFound` when there is none.
    public init(in directory: String) throws(StatusError) {
        self.init(directory: directory)
        guard SafeFile.exists(indexFile) else {
            throw StatusError(.notFound, "there is no authority in '\(directory)': moe2 pki init makes one")
        }
    }

    private init(directory: String) { self.directory = directory }

    /// The file of revoked certificates, which belongs on every gate.
    public var revocationsFile: String { "\(directory)/revoked.pem" }

    /// Where the files for `identity` lie.
    public func folder(of identity: CertificateIdentity) -> String {
        "\(directory)/issued/\(identity.role.rawValue)/\(identity.name)"
    }

    /// All certificates that have not ended.
    public func certificates() throws(StatusError) -> [IssuedCertificate] {
        try AuthorityIndex.read(indexFile).certificates
    }

    /// Makes a certificate and key for `identity` and writes them into its folder.
    ///
    /// - Parameters:
    ///   - dns: For a gate: the names that others dial.
    ///   - ip: For a gate: the addresses that others dial.
    /// - Throws: `alreadyExists` when it has a certificate that is neither ended nor revoked; `invalidArgument`.
    @discardableResult
    public func issue(
        _ identity: CertificateIdentity,
        dns: [String] = [],
        ip: [String] = [],
        validity: Duration = standardValidity,
        now: Date = Date()
    ) throws(StatusError) -> IssuedCertificate {
        guard identity.role == .gate || dns.isEmpty && ip.isEmpty else {
            throw StatusError(.invalidArgument, "only a gate has DNS names and addresses: nobody dials \(identity)")
        }
        guard identity.role != .gate || !dns.isEmpty || !ip.isEmpty else {
            throw StatusError(.invalidArgument, "give the DNS names or addresses by which others dial \(identity)")
        }
        return try change(now) { (index) throws(StatusError) in
            guard !index.certificates.contains(where: { $0.identity == identity && $0.revoked == nil }) else {
                throw StatusError(.alreadyExists, "\(identity) has a certificate: renew it, or revoke it first")
            }
            return try make(identity, dns: dns, ip: ip, validity: validity, now: now, in: &index)
        }
    }

    /// Makes a new certificate and key for `identity` with the names of the one before.
    ///
    /// - Parameter within: Only when the certificate ends before this time from now.
    /// - Returns: nil when it lasts longer than that.
    /// - Throws: `notFound` when it has none, `failedPrecondition` when it was revoked.
    public func renew(
        _ identity: CertificateIdentity,
        within: Duration? = nil,
        validity: Duration = standardValidity,
        now: Date = Date()
    ) throws(StatusError) -> IssuedCertificate? {
        let path = "\(folder(of: identity))/certificate.pem"
        guard SafeFile.exists(path), let old = try PEMFile.certificates(path).first else {
            throw StatusError(.notFound, "\(identity) has no certificate: issue one")
        }
        let serial = Hexadecimal.text(old.serialNumber.bytes)
        return try change(now) { (index) throws(StatusError) in
            if let known = index.certificates.first(where: { $0.serial == serial }), known.revoked != nil {
                throw StatusError(.failedPrecondition, "the certificate of \(identity) is revoked: issue a new one")
            }
            if let within, old.notValidAfter > now.addingTimeInterval(within.seconds) { return nil }
            let (dns, ip) = CertificateFacts(old).names
            return try make(identity, dns: dns, ip: ip, validity: validity, now: now, in: &index)
        }
    }

    /// Revokes every certificate of `identity`.
    /// - Returns: how many.
    /// - Throws: `notFound` when it has none that counts.
    @discardableResult
    public func revoke(_ identity: CertificateIdentity, now: Date = Date()) throws(StatusError) -> Int {
        try change(now) { (index) throws(StatusError) in
            let places = index.certificates.indices.filter {
                index.certificates[$0].identity == identity && index.certificates[$0].revoked == nil
            }
            guard !places.isEmpty else {
                throw StatusError(.notFound, "\(identity) has no certificate that counts: moe2 pki list shows all")
            }
            for place in places { index.certificates[place].revoked = now }
            try writeRevocations(index, now: now)
            return places.count
        }
    }

    private func change<Value>(
        _ now: Date,
        _ body: (inout AuthorityIndex) throws(StatusError) -> Value
    ) throws(StatusError) -> Value {
        try SafeFile.withLock(on: indexFile) { () throws(StatusError) in
            var index = try AuthorityIndex.read(indexFile)
            // What has ended needs no revocation any more; a day later no clock takes it for valid.
            index.certificates.removeAll { $0.expires.addingTimeInterval(86_400) < now }
            let value = try body(&index)
            try index.write(indexFile)
            return value
        }
    }

    private func make(
        _ identity: CertificateIdentity,
        dns: [String],
        ip: [String],
        validity: Duration,
        now: Date,
        in index: inout AuthorityIndex
    ) throws(StatusError) -> IssuedCertificate {
        guard validity >= .seconds(60), validity <= Self.lifetime else {
            throw StatusError(.invalidArgument, "a certificate lasts 1 min to 10 years, not \(validity)")
        }
        let key = P256.Signing.PrivateKey()
        let issuer = try issuer(of: identity.role)
        let issuerKey = try PEMFile.privateKey(keyFile(identity.role))
        let certificate = try Self.made("the certificate") {
            try CertificateProfile.leaf(
                identity,
                dns: dns,
                ip: ip,
                publicKey: key.publicKey,
                issuer: issuer,
                issuerKey: issuerKey,
                validity: validity,
                now: now
            )
        }
        let issued = IssuedCertificate(
            identity: identity,
            serial: Hexadecimal.text(certificate.serialNumber.bytes),
            expires: certificate.notValidAfter
        )
        index.certificates.append(issued)
        // Known before it exists: a certificate that nobody can revoke must never be out.
        try index.write(indexFile)
        let folder = folder(of: identity)
        try SafeFile.makeDirectory(folder)
        try SafeFile.write(key.pemRepresentation + "\n", to: "\(folder)/key.pem", mode: SafeFile.secretMode)
        try SafeFile.write(try Self.pem(certificate), to: "\(folder)/certificate.pem", mode: SafeFile.publicMode)
        var trusted = ""
        for role in identity.role.trusts { trusted += try Self.pem(try self.issuer(of: role)) }
        try SafeFile.write(trusted, to: "\(folder)/ca.pem", mode: SafeFile.publicMode)
        return issued
    }

    private func writeRevocations(_ index: AuthorityIndex, now: Date) throws(StatusError) {
        var text = ""
        for role in CertificateRole.allCases {
            let entries = index.certificates.compactMap { certificate -> RevocationList.Entry? in
                guard certificate.identity.role == role, let time = certificate.revoked else { return nil }
                return Hexadecimal.bytes(certificate.serial).map { RevocationList.Entry(serial: $0, time: time) }
            }
            let issuer = try issuer(of: role)
            let key = try PEMFile.privateKey(keyFile(role))
            text += try Self.made("the revocation list") {
                try RevocationList.pem(entries, issuer: issuer, key: key, now: now)
            }
        }
        try SafeFile.write(text, to: revocationsFile, mode: SafeFile.publicMode)
    }

    private func issuer(of role: CertificateRole) throws(StatusError) -> Certificate {
        guard let certificate = try PEMFile.certificates(certificateFile(role)).first else {
            throw StatusError(.notFound, "'\(certificateFile(role))' holds no certificate")
        }
        return certificate
    }

    private var indexFile: String { "\(directory)/index.yaml" }
    private func certificateFile(_ role: CertificateRole) -> String { "\(directory)/\(role.rawValue)-ca.pem" }
    private func keyFile(_ role: CertificateRole) -> String { "\(directory)/\(role.rawValue)-ca.key" }

    private static func pem(_ certificate: Certificate) throws(StatusError) -> String {
        try made("the certificate") { try certificate.serializeAsPEM().pemString + "\n" }
    }

    private static func made<Value>(_ what: String, _ body: () throws -> Value) throws(StatusError) -> Value {
        do {
            return try body()
        } catch let error as StatusError {
            throw error
        } catch {
            throw StatusError(.internal, "cannot make \(what): \(error)")
        }
    }
}
