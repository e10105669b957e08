import MoE2Configuration

/// The server that embeds prompts for a gate that was trained on embeddings.
public struct EmbeddingsConfiguration: Decodable, Sendable, Hashable {
    /// The address of an OpenAI-compatible server, such as `http://127.0.0.1:8080`.
    public var url: String
    /// The name of its embedding model, as at the training.
    public var model: String
    /// The longest that a query waits for its embedding.
    public var timeout: Duration

    private enum CodingKeys: String, CodingKey { case url, model, timeout }

    /// Reads it; the timeout must be above 0 and at most 10 s.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        url = try values.decode(String.self, forKey: .url)
        model = try values.value(.model, default: "default")
        timeout = try values.value(
            .timeout,
            default: .milliseconds(300),
            rule: "must be above 0 and at most 10s"
        ) { $0 > .zero && $0 <= .seconds(10) }
    }
}
