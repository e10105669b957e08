public import MoE2Configuration
import MoE2Core

/// The agent's configuration file; `docs/CONFIGURATION.md` describes every key.
public struct AgentConfiguration: ServiceConfiguration {
    /// The name of the file's environment overrides: `MOE2_AGENT__GATE__ADDRESSES=tcp://gate.local:7700`.
    public static let environmentPrefix = "MOE2_AGENT"

    /// Where the gate is.
    struct Gate: Decodable, Sendable, Hashable {
        static let standardAddress = "tcp://127.0.0.1:7700"

        /// Tried in turn until one answers.
        var addresses: [String]

        private enum CodingKeys: String, CodingKey { case addresses }

        init() { addresses = [Self.standardAddress] }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            addresses = try values.value(
                .addresses,
                default: [Self.standardAddress],
                rule: "must list 1 to 16 addresses such as tcp://gate.local:7700"
            ) { (1...16).contains($0.count) }
        }
    }

    /// The agent's certificate, its key and the fleet's CA. PEM files.
    struct TLS: Decodable, Sendable, Hashable {
        var certificate: String
        var key: String
        var ca: String
        /// The file of revoked certificates; nil when there is none.
        var revoked: String?
    }

    var gate: Gate
    var tls: TLS?
    var insecure: Bool
    var host: HostConfiguration
    var power: PowerConfiguration
    var experts: [ExpertConfiguration]
    /// How long running shards may go on after the agent was told to end.
    var shutdownLimit: Duration
    public var log: LogConfiguration

    private enum CodingKeys: String, CodingKey {
        case gate, tls, insecure, host, power, experts, shutdownLimit, log
    }

    /// Reads it.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        gate = try values.value(.gate, default: Gate())
        tls = try values.decodeIfPresent(TLS.self, forKey: .tls)
        insecure = try values.value(.insecure, default: false)
        guard (tls != nil) != insecure else {
            throw DecodingError.dataCorruptedError(
                forKey: .insecure,
                in: values,
                debugDescription: insecure
                    ? "contradicts 'tls': remove one of the two"
                    : """
                    neither 'tls' nor 'insecure' is there: give certificate, key and ca (moe2 pki makes them), or say \
                    'insecure: true' on a network you trust
                    """
            )
        }
        host = try values.value(.host, default: HostConfiguration())
        power = try values.value(.power, default: PowerConfiguration())
        experts = try values.decode([ExpertConfiguration].self, forKey: .experts)
        guard (1...64).contains(experts.count) else {
            throw DecodingError.dataCorruptedError(
                forKey: .experts,
                in: values,
                debugDescription: "must list 1 to 64 experts"
            )
        }
        let names = experts.map(\.id)
        guard Set(names).count == names.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .experts,
                in: values,
                debugDescription: "names an expert twice: give each its own id"
            )
        }
        shutdownLimit = try values.value(.shutdownLimit, default: .seconds(20), rule: "must be at most 10min") {
            $0 <= .seconds(600)
        }
        log = try values.value(.log, default: LogConfiguration())
    }
}
