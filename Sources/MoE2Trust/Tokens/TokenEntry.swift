public import FoundationEssentials
import MoE2Configuration
public import MoE2Core

/// One client in a token file: its name, the digest of its secret, what it may do and spend.
public struct TokenEntry: Hashable, Sendable {
    /// The name that fairness, budgets and books go by.
    public var name: ClientName
    /// The SHA-256 of the token, 32 bytes.
    public var digest: [UInt8]
    /// What the client may do.
    public var scopes: Set<ClientScope>
    /// The most energy that one query may cost; nil when not limited.
    public var energyPerQuery: Energy?
    /// The most energy that its queries of one day (UTC) may cost together; nil when not limited.
    public var energyPerDay: Energy?
    /// Queries in a minute; nil when not limited.
    public var queriesPerMinute: Int?
    /// When it was made.
    public var created: Date?
    /// When it ends; nil when it does not.
    public var expires: Date?

    /// An entry for `token`.
    public init(name: ClientName, token: String, scopes: Set<ClientScope>) {
        self.name = name
        self.scopes = scopes
        digest = APIToken.hash(token)
    }
}

extension TokenEntry: Decodable {
    private enum CodingKeys: String, CodingKey {
        case name, sha256, scopes, created, expires
        case energyPerQuery = "energy_per_query"
        case energyPerDay = "energy_per_day"
        case queriesPerMinute = "queries_per_minute"
    }

    /// Reads it.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(ClientName.self, forKey: .name)
        guard let bytes = Hexadecimal.bytes(try values.decode(String.self, forKey: .sha256)), bytes.count == 32 else {
            throw DecodingError.dataCorruptedError(
                forKey: .sha256,
                in: values,
                debugDescription:
                    "must be the SHA-256 of the token, 64 hexadecimal digits: make it with moe2 token create"
            )
        }
        digest = bytes
        scopes = try Self.scopes(values)
        energyPerQuery = try Self.limit(values, .energyPerQuery)
        energyPerDay = try Self.limit(values, .energyPerDay)
        queriesPerMinute = try values.value(.queriesPerMinute, default: nil, rule: "must be 1 or more") {
            ($0 ?? 1) >= 1
        }
        created = try Self.date(values, .created)
        expires = try Self.date(values, .expires)
    }

    private static func scopes(_ values: KeyedDecodingContainer<CodingKeys>) throws -> Set<ClientScope> {
        let scopes = try values.decode([ClientScope].self, forKey: .scopes)
        guard !scopes.isEmpty else {
            let known = ClientScope.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: .scopes,
                in: values,
                debugDescription: "must list one or more of \(known)"
            )
        }
        return Set(scopes)
    }

    private static func limit(_ values: KeyedDecodingContainer<CodingKeys>, _ key: CodingKeys) throws -> Energy? {
        try values.value(key, default: nil, rule: "must be above 0 J") { ($0 ?? .joules(1)) > .zero }
    }

    private static func date(_ values: KeyedDecodingContainer<CodingKeys>, _ key: CodingKeys) throws -> Date? {
        guard let text = try values.decodeIfPresent(String.self, forKey: key) else { return nil }
        guard let date = try? Date(text, strategy: .iso8601) else {
            throw DecodingError.dataCorruptedError(
                forKey: key,
                in: values,
                debugDescription: "is '\(text.prefix(40))', but must be a time such as 2026-12-31T00:00:00Z"
            )
        }
        return date
    }
}
