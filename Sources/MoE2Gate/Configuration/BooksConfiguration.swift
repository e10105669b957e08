import MoE2Configuration
import MoE2Core

/// What the books keep and for how long.
public struct BooksConfiguration: Decodable, Sendable, Hashable {
    /// How long single queries and shards are kept; sums by the hour are kept twelve times as long.
    public var keep: Duration
    /// Whether the prompts and answers are kept too.
    public var text: Bool

    private enum CodingKeys: String, CodingKey { case keep, text }

    init() {
        keep = .seconds(30 * 86_400)
        text = false
    }

    /// Reads it.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        keep = try values.value(.keep, default: BooksConfiguration().keep, rule: "must be 1h or more") {
            $0 >= .seconds(3600)
        }
        text = try values.value(.text, default: false)
    }
}
