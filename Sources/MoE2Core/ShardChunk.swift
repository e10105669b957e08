/// A piece of a shard's output, in the order of `sequence`.
public struct ShardChunk: Hashable, Sendable {
    /// Its place in the output, counted from 0 without gaps.
    public var sequence: UInt32
    /// The text, valid UTF-8; may be empty when only `extensionsJSON` carries something.
    public var text: String
    /// The number of tokens it stands for.
    public var tokens: Int
    /// The OpenAI `delta` members besides `content` (`tool_calls`, …) as a JSON object, or empty.
    public var extensionsJSON: String
    /// The OpenAI `logprobs` object of these tokens as JSON, or empty.
    public var logProbabilitiesJSON: String

    /// A chunk with `text` at place `sequence`.
    public init(
        sequence: UInt32,
        text: String,
        tokens: Int,
        extensionsJSON: String = "",
        logProbabilitiesJSON: String = ""
    ) {
        self.sequence = sequence
        self.text = text
        self.tokens = tokens
        self.extensionsJSON = extensionsJSON
        self.logProbabilitiesJSON = logProbabilitiesJSON
    }
}
