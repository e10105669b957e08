/// A piece of what a model server writes.
public struct BackendOutput: Hashable, Sendable {
    /// The text, valid UTF-8; may be empty.
    public var text: String
    /// The number of tokens it stands for.
    public var tokens: Int
    /// The OpenAI `delta` members besides `content` as a JSON object, or empty.
    public var extensionsJSON: String
    /// The OpenAI `logprobs` object of these tokens as JSON, or empty.
    public var logProbabilitiesJSON: String

    /// A piece with these parts.
    public init(text: String, tokens: Int, extensionsJSON: String = "", logProbabilitiesJSON: String = "") {
        self.text = text
        self.tokens = tokens
        self.extensionsJSON = extensionsJSON
        self.logProbabilitiesJSON = logProbabilitiesJSON
    }
}
