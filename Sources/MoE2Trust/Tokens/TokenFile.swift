import FoundationEssentials
import MoE2Configuration
public import MoE2Core

/// The file of all clients' tokens, YAML that `moe2 token` writes and people may edit. It holds digests, no secrets.
public struct TokenFile: Decodable, Sendable, Hashable {
    /// The clients, in the order of the file.
    public private(set) var tokens: [TokenEntry]

    private enum CodingKeys: String, CodingKey { case tokens }

    /// A file without tokens.
    public init() { tokens = [] }

    /// Reads it. Names and digests must differ from one another.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        tokens = try values.value(.tokens, default: [])
        if let twice = Self.firstRepeated(tokens.map(\.name.rawValue)) {
            throw DecodingError.dataCorruptedError(
                forKey: .tokens,
                in: values,
                debugDescription: "names the client '\(twice)' twice: rename or remove one"
            )
        }
        if Self.firstRepeated(tokens.map(\.digest)) != nil {
            throw DecodingError.dataCorruptedError(
                forKey: .tokens,
                in: values,
                debugDescription: "holds the same sha256 twice: every client needs a token of its own"
            )
        }
    }

    /// The file at `path`.
    /// - Throws: `invalidArgument` that names the file, the line and what is wrong.
    public static func read(_ path: String) throws(StatusError) -> TokenFile {
        do {
            return try ConfigurationLoader().load(TokenFile.self, path: path)
        } catch {
            throw StatusError(.invalidArgument, error.message)
        }
    }

    /// Changes the file at `path`, which is made when it is not there, under a lock.
    /// - Throws: ``StatusError`` when it cannot be read or written, and what `change` throws.
    public static func update(
        _ path: String,
        _ change: (inout TokenFile) throws(StatusError) -> Void
    ) throws(StatusError) {
        try SafeFile.withLock(on: path) { () throws(StatusError) in
            var file = SafeFile.exists(path) ? try read(path) : TokenFile()
            try change(&file)
            try SafeFile.write(file.yaml, to: path, mode: SafeFile.secretMode)
        }
    }

    /// Adds a client.
    /// - Throws: `alreadyExists` when another one has the name or the token.
    public mutating func add(_ entry: TokenEntry) throws(StatusError) {
        guard !tokens.contains(where: { $0.name == entry.name }) else {
            throw StatusError(
                .alreadyExists,
                "a token for '\(entry.name)' is there already: revoke it first, or choose another name"
            )
        }
        guard !tokens.contains(where: { $0.digest == entry.digest }) else {
            throw StatusError(.alreadyExists, "another client has this token: leave --value out to get a fresh one")
        }
        tokens.append(entry)
    }

    /// Removes the client `name`.
    /// - Throws: `notFound` when there is none.
    public mutating func remove(_ name: ClientName) throws(StatusError) {
        guard let place = tokens.firstIndex(where: { $0.name == name }) else {
            throw StatusError(.notFound, "there is no token for '\(name)': moe2 token list shows all")
        }
        tokens.remove(at: place)
    }

    /// The client whose token is `token`. Every entry is compared in full, so that the time tells nothing of them.
    public func entry(for token: String) -> TokenEntry? {
        let digest = APIToken.hash(token)
        var found: TokenEntry?
        for entry in tokens where Self.isEqual(entry.digest, digest) { found = entry }
        return found
    }

    /// The file's text. Every value is of a form that needs no quotes.
    var yaml: String {
        var text = "# Written by moe2 token; the gate reads it again when it changes. sha256 is of the token.\n"
        text += tokens.isEmpty ? "tokens: []\n" : "tokens:\n"
        for entry in tokens {
            text += "  - name: \(Self.quoted(entry.name.rawValue))\n"
            text += "    sha256: \"\(Hexadecimal.text(entry.digest))\"\n"
            text += "    scopes: [\(entry.scopes.map(\.rawValue).sorted().joined(separator: ", "))]\n"
            if let limit = entry.energyPerQuery { text += "    energy_per_query: \(Self.text(limit))\n" }
            if let limit = entry.energyPerDay { text += "    energy_per_day: \(Self.text(limit))\n" }
            if let limit = entry.queriesPerMinute { text += "    queries_per_minute: \(limit)\n" }
            if let time = entry.created { text += "    created: \"\(time.formatted(.iso8601))\"\n" }
            if let time = entry.expires { text += "    expires: \"\(time.formatted(.iso8601))\"\n" }
        }
        return text
    }

    /// A name has no character that YAML treats specially within quotes.
    private static func quoted(_ text: String) -> String { "\"\(text)\"" }

    /// `limit` in a unit that needs no exponent, which amounts in a configuration do not have.
    private static func text(_ limit: Energy) -> String {
        let units = [("kWh", 3.6e6), ("kJ", 1e3), ("J", 1), ("mJ", 1e-3)]
        let (unit, factor) = units.first { limit.joules >= $0.1 } ?? ("uJ", 1e-6)
        return "\(limit.joules / factor)\(unit)"
    }

    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
    }

    private static func firstRepeated<Value: Hashable>(_ values: [Value]) -> Value? {
        var seen: Set<Value> = []
        return values.first { !seen.insert($0).inserted }
    }
}
