import MoE2Core

/// The tokens that a reply took, as its server counts them.
struct TokenUsage {
    var promptTokens: Int?
    var completionTokens: Int?

    /// The member `usage` of `reply`; nil when there is none.
    init?(of reply: JSONValue) throws(JSONError) {
        guard let usage = try reply.member("usage") else { return nil }
        promptTokens = try usage.integer("prompt_tokens")
        completionTokens = try usage.integer("completion_tokens")
    }
}
