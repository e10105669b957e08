/// Tokens that a shard worked off.
struct TokenWork: Hashable, Sendable {
    private(set) var promptTokens = 0
    private(set) var completionTokens = 0

    /// Adds tokens; negative counts are ignored.
    mutating func add(_ promptTokens: Int, _ completionTokens: Int) {
        self.promptTokens += max(0, promptTokens)
        self.completionTokens += max(0, completionTokens)
    }
}
