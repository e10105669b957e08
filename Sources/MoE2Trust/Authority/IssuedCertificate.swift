public import FoundationEssentials
import MoE2Configuration
import MoE2Core

/// What an authority remembers of a certificate that it made.
public struct IssuedCertificate: Hashable, Sendable {
    /// Who it is for.
    public var identity: CertificateIdentity
    /// Its serial number in hexadecimal.
    public var serial: String
    /// When it ends.
    public var expires: Date
    /// When it was revoked; nil when it was not.
    public var revoked: Date?
}

extension IssuedCertificate: Decodable {
    private enum CodingKeys: String, CodingKey { case role, name, serial, expires, revoked }

    /// Reads it.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        identity = try CertificateIdentity(
            role: try values.decode(CertificateRole.self, forKey: .role),
            name: try values.decode(String.self, forKey: .name)
        )
        serial = try values.decode(String.self, forKey: .serial)
        expires = try Self.date(try values.decode(String.self, forKey: .expires))
        revoked = try values.decodeIfPresent(String.self, forKey: .revoked).map(Self.date)
    }

    private static func date(_ text: String) throws(StatusError) -> Date {
        do {
            return try Date(text, strategy: .iso8601)
        } catch {
            throw StatusError(.invalidArgument, "'\(text.prefix(40))' is no time such as 2026-12-31T00:00:00Z")
        }
    }

    var yaml: String {
        var text = "  - {role: \(identity.role.rawValue), name: \"\(identity.name)\", serial: \"\(serial)\""
        text += ", expires: \"\(expires.formatted(.iso8601))\""
        if let revoked { text += ", revoked: \"\(revoked.formatted(.iso8601))\"" }
        return text + "}\n"
    }
}
