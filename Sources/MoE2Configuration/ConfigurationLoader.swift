/// Loads a strict configuration: YAML text, then environment overrides, then a `Decodable` type.
///
/// Every key that the type does not ask for is an error, with a suggestion. A type gives defaults by decoding with
/// ``Swift/KeyedDecodingContainer/value(_:default:)`` and checks its values by throwing `DecodingError.dataCorruptedError(forKey:in:debugDescription:)`,
/// which is reported with the key's path and line. `Duration`, `Energy`, `Power` and ``ByteCount`` are written with units.
public struct ConfigurationLoader: Sendable {
    /// The start of the names of environment variables that override keys, such as `MOE2_AGENT`; nil for none.
    public var environmentPrefix: String?
    /// The environment.
    public var environment: [String: String]

    /// A loader whose keys are overridden by those variables of `environment` that start with `environmentPrefix` and
    /// two underscores.
    public init(environmentPrefix: String? = nil, environment: [String: String] = [:]) {
        self.environmentPrefix = environmentPrefix
        self.environment = environment
    }

    /// The configuration in the file at `path`.
    /// - Throws: ``ConfigurationError``, whose message starts with the path.
    public func load<Value: Decodable>(_ type: Value.Type, path: String) throws(ConfigurationError) -> Value {
        let text = try TextFile.read(path, what: "configuration file")
        do {
            return try decode(type, text: text)
        } catch {
            throw ConfigurationError(error.code, "\(path): \(error.message)")
        }
    }

    /// The configuration in `text`.
    /// - Throws: ``ConfigurationError``.
    public func decode<Value: Decodable>(_ type: Value.Type, text: String) throws(ConfigurationError) -> Value {
        var root = try YAMLReader.read(text)
        if let environmentPrefix {
            root = try EnvironmentOverrides.apply(environment, prefix: environmentPrefix, to: root)
        }
        let usage = KeyUsage()
        let decoder = NodeDecoder(node: root, codingPath: [], usage: usage)
        let value: Value
        do {
            value = try decoder.decode(type)
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError(.invalidValue, "\(error)")
        }
        if let unknown = usage.firstUnknownKey() { throw unknown }
        return value
    }
}
