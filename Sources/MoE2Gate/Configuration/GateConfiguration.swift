public import MoE2Configuration
public import MoE2Core
import MoE2Transport

/// The gate's configuration file; `docs/CONFIGURATION.md` describes every key.
public struct GateConfiguration: ServiceConfiguration {
    /// The name of the files' environment overrides: `MOE2_GATE__LISTEN__PORT=7701`.
    public static let environmentPrefix = "MOE2_GATE"

    /// An address to listen on.
    public struct Listen: Decodable, Sendable, Hashable {
        /// The address; 0.0.0.0 listens on all.
        public var address: String
        /// The port; 0 takes a free one.
        public var port: Int

        fileprivate enum CodingKeys: String, CodingKey { case address, port }

        init(address: String, port: Int) {
            self.address = address
            self.port = port
        }

        /// Reads it; the port must be 0 to 65535.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            try self.init(values, default: Listen(address: "0.0.0.0", port: 7700))
        }

        fileprivate init(_ values: KeyedDecodingContainer<CodingKeys>, default fallback: Listen) throws {
            address = try values.value(.address, default: fallback.address)
            port = try values.value(.port, default: fallback.port, rule: "must be 0 to 65535") {
                (0...65535).contains($0)
            }
        }
    }

    /// The gate's own certificate and the CA that its peers' certificates come from. PEM files.
    public struct TLS: Decodable, Sendable, Hashable {
        public var certificate: String
        public var key: String
        public var ca: String
        /// The file of revoked certificates; nil when there is none.
        public var revoked: String?
    }

    /// What the gate is trained or calibrated on.
    public struct Calibration: Decodable, Sendable, Hashable {
        /// The prompts, JSON lines.
        public var prompts: String
        /// The outcomes, CSV.
        public var outcomes: String
    }

    /// Limits of the fleet.
    public struct Limits: Decodable, Sendable, Hashable {
        /// The most the idle power of the hosts in use may add up to; nil when not limited.
        public var fleetPower: Power?
        /// The most experts in an active set; nil when not limited.
        public var maxExperts: Int?
        /// Shards that may wait for a slot.
        public var queue: Int

        private enum CodingKeys: String, CodingKey {
            case fleetPower = "fleet_power"
            case maxExperts = "max_experts"
            case queue
        }

        init() {
            queue = 256
        }

        /// Reads it.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            fleetPower = try values.decodeIfPresent(Power.self, forKey: .fleetPower)
            maxExperts = try values.value(.maxExperts, default: nil, rule: "must be 1 or more") { ($0 ?? 1) >= 1 }
            queue = try values.value(.queue, default: 256, rule: "must be 0 to 100000") { (0...100_000).contains($0) }
        }
    }

    public var listen: Listen
    public var tls: TLS?
    public var insecure: Bool
    /// The OpenAI-compatible API; nil when it is not offered.
    public var http: Listen?
    /// Metrics, health and the dashboard; nil when they are not offered.
    public var admin: Listen?
    public var tokensFile: String?
    public var store: String?
    public var books: BooksConfiguration
    public var gateFile: String?
    /// The server of a gate that was trained on embeddings; nil for the embedded features.
    public var embeddings: EmbeddingsConfiguration?
    public var calibration: Calibration?
    public var defaultCategory: Category
    public var categories: [Category: CategorySettings]
    public var limits: Limits
    var session: SessionSettings
    public var log: LogConfiguration

    private enum CodingKeys: String, CodingKey {
        case listen, tls, insecure, http, admin, store, books, calibration, embeddings, categories, limits, session, log
        case tokensFile = "tokens_file"
        case gateFile = "gate_file"
        case defaultCategory = "default_category"
    }

    /// Reads it.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        listen = try values.value(.listen, default: Listen(address: "0.0.0.0", port: 7700))
        tls = try values.decodeIfPresent(TLS.self, forKey: .tls)
        insecure = try values.value(.insecure, default: false)
        guard tls != nil || insecure else {
            throw DecodingError.dataCorruptedError(
                forKey: .tls,
                in: values,
                debugDescription: """
                    is missing: without it everybody on the network can use the fleet; give certificate, key and ca \
                    (moe2 pki init makes them), or say 'insecure: true' on a network you trust
                    """
            )
        }
        guard tls == nil || !insecure else {
            throw DecodingError.dataCorruptedError(
                forKey: .insecure,
                in: values,
                debugDescription: "contradicts 'tls': remove one of the two"
            )
        }
        http = try Self.door(values, .http, default: Listen(address: "0.0.0.0", port: 8080))
        // Whoever reaches the admin port can try tokens on it, so it is not offered to the network by itself.
        admin = try Self.door(values, .admin, default: Listen(address: "127.0.0.1", port: 9464))
        tokensFile = try values.decodeIfPresent(String.self, forKey: .tokensFile)
        guard tokensFile != nil || insecure else {
            throw DecodingError.dataCorruptedError(
                forKey: .tokensFile,
                in: values,
                debugDescription: "is missing: without it no client may ask; moe2 token create makes one"
            )
        }
        store = try values.decodeIfPresent(String.self, forKey: .store)
        books = try values.value(.books, default: BooksConfiguration())
        gateFile = try values.decodeIfPresent(String.self, forKey: .gateFile)
        embeddings = try values.decodeIfPresent(EmbeddingsConfiguration.self, forKey: .embeddings)
        calibration = try values.decodeIfPresent(Calibration.self, forKey: .calibration)
        defaultCategory = try values.decodeIfPresent(Category.self, forKey: .defaultCategory) ?? Category("general")
        categories = try Self.categories(values)
        limits = try values.value(.limits, default: Limits())
        session = try values.value(.session, default: SessionSettings())
        log = try values.value(.log, default: LogConfiguration())
    }

    private static func door(
        _ values: KeyedDecodingContainer<CodingKeys>,
        _ key: CodingKeys,
        default fallback: Listen
    ) throws -> Listen? {
        guard values.contains(key) else { return nil }
        return try Listen(values.nestedContainer(keyedBy: Listen.CodingKeys.self, forKey: key), default: fallback)
    }

    private static func categories(_ values: KeyedDecodingContainer<CodingKeys>) throws -> [Category: CategorySettings]
    {
        let named = try values.value(.categories, default: [String: CategorySettings]())
        var categories: [Category: CategorySettings] = [:]
        for (name, settings) in named {
            guard let category = Category(rawValue: name) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .categories,
                    in: values,
                    debugDescription: "'\(name)' is no valid category name"
                )
            }
            categories[category] = settings
        }
        return categories
    }
}

extension GateConfiguration {
    /// What the wire protocol listens on.
    var wireAddress: String { "\(tls == nil ? "tcp" : "tls")://\(listen.address):\(listen.port)" }

    /// The wire protocol's TLS; nil on an insecure gate.
    var serverTLS: ServerTLS? {
        tls.map {
            ServerTLS(certificateFile: $0.certificate, keyFile: $0.key, clientCAFile: $0.ca, revokedFile: $0.revoked)
        }
    }
}
