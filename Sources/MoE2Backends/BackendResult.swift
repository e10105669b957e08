public import MoE2Core

/// How a shard ended at its model server.
public struct BackendResult: Hashable, Sendable {
    /// Why the model stopped.
    public var finishReason: ShardResult.FinishReason
    /// Tokens of the prompt, as the server counts them; 0 when it does not say.
    public var promptTokens: Int
    /// Tokens of the prompt that were really read, not remembered from an earlier prompt; 0 when the server does not say.
    public var prefillTokens: Int
    /// Tokens written.
    public var completionTokens: Int
    /// Time spent reading the prompt.
    public var prefill: Duration
    /// Time spent writing.
    public var decode: Duration
    /// Natural-log probabilities of the choices; empty unless choices were scored.
    public var choiceLogProbabilities: [Double]
    /// The embedding, when one was asked for.
    public var embedding: [Float]

    /// A result with these figures.
    public init(
        finishReason: ShardResult.FinishReason = .stop,
        promptTokens: Int = 0,
        prefillTokens: Int = 0,
        completionTokens: Int = 0,
        prefill: Duration = .zero,
        decode: Duration = .zero,
        choiceLogProbabilities: [Double] = [],
        embedding: [Float] = []
    ) {
        self.finishReason = finishReason
        self.promptTokens = promptTokens
        self.prefillTokens = prefillTokens
        self.completionTokens = completionTokens
        self.prefill = prefill
        self.decode = decode
        self.choiceLogProbabilities = choiceLogProbabilities
        self.embedding = embedding
    }
}
