import FoundationEssentials
import MoE2Configuration
import MoE2Core

/// The file that lists every certificate that an authority made and that has not ended.
struct AuthorityIndex: Decodable {
    var certificates: [IssuedCertificate]

    private enum CodingKeys: String, CodingKey { case certificates }

    init() { certificates = [] }

    init(from decoder: any Decoder) throws {
        certificates = try decoder.container(keyedBy: CodingKeys.self).value(.certificates, default: [])
    }

    static func read(_ path: String) throws(StatusError) -> AuthorityIndex {
        do {
            return try ConfigurationLoader().load(AuthorityIndex.self, path: path)
        } catch {
            throw StatusError(.invalidArgument, error.message)
        }
    }

    func write(_ path: String) throws(StatusError) {
        let text =
            certificates.isEmpty
            ? "certificates: []\n" : "certificates:\n" + certificates.map(\.yaml).joined()
        try SafeFile.write("# Written by moe2 pki.\n" + text, to: path, mode: SafeFile.secretMode)
    }
}
