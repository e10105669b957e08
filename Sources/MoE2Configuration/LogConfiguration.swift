/// What is logged and how.
public struct LogConfiguration: Decodable, Sendable, Hashable {
    /// How a log line looks.
    public enum Format: String, Decodable, Sendable {
        case text
        case json
    }

    /// The least important level that is logged, as swift-log names it.
    public var level: String
    public var format: Format

    private enum CodingKeys: String, CodingKey { case level, format }
    static let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]

    /// Level `info`, as text.
    public init() {
        level = "info"
        format = .text
    }

    /// Reads it.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        level = try values.value(
            .level,
            default: "info",
            rule: "must be one of \(Self.levels.joined(separator: ", "))"
        ) { Self.levels.contains($0) }
        format = try values.value(.format, default: .text)
    }
}
