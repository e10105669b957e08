import FoundationEssentials
import MoE2Configuration
import MoE2Core
import MoE2Transport

/// The client's configuration file, `~/.config/moe2/client.yaml`: what would otherwise be typed every time.
struct ClientConfiguration: Decodable, Sendable {
    var gate: [String]
    var token: String?
    var tokenFile: String?
    var ca: String?
    var cert: String?
    var key: String?

    private enum CodingKeys: String, CodingKey {
        case gate, token, ca, cert, key
        case tokenFile = "token_file"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        gate = try values.value(.gate, default: [])
        token = try values.decodeIfPresent(String.self, forKey: .token)
        tokenFile = try values.decodeIfPresent(String.self, forKey: .tokenFile)
        ca = try values.decodeIfPresent(String.self, forKey: .ca)
        cert = try values.decodeIfPresent(String.self, forKey: .cert)
        key = try values.decodeIfPresent(String.self, forKey: .key)
    }

    /// The configuration in the file at `path`, or in the default one when that is there.
    /// - Throws: ``ConfigurationError``.
    static func load(_ path: String?) throws -> ClientConfiguration? {
        let loader = ConfigurationLoader()
        if let path { return try loader.load(ClientConfiguration.self, path: path) }
        guard let home = ProcessInfo.processInfo.environment["HOME"] else { return nil }
        let standard = "\(home)/.config/moe2/client.yaml"
        guard FileManager.default.fileExists(atPath: standard) else { return nil }
        return try loader.load(ClientConfiguration.self, path: standard)
    }
}
