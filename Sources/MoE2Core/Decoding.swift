/// How an expert writes its answer.
public struct Decoding: Hashable, Sendable, Codable {
    /// The most tokens to write.
    public var maxTokens: Int
    /// The sampling temperature; 0 is greedy and deterministic.
    public var temperature: Double
    /// The nucleus: the smallest set of tokens with this probability is sampled from; 1 keeps all.
    public var topP: Double
    /// The seed of the sampler, when a repeatable answer is wanted.
    public var seed: Int64?
    /// Strings at which the answer ends; at most ``maximumStops``.
    public var stop: [String]
    /// How many alternatives per token to report log-probabilities of; nil reports none, 0 the chosen token's only.
    public var topLogProbabilities: Int?
    /// Further members of the model server's request body as a JSON object (`tools`, `response_format`, …), or empty.
    public var extensionsJSON: String

    /// The most stop strings.
    public static let maximumStops = 16

    /// Decoding with the given settings; the defaults are greedy with 512 tokens.
    public init(
        maxTokens: Int = 512,
        temperature: Double = 0,
        topP: Double = 1,
        seed: Int64? = nil,
        stop: [String] = [],
        topLogProbabilities: Int? = nil,
        extensionsJSON: String = ""
    ) {
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.topP = topP
        self.seed = seed
        self.stop = stop
        self.topLogProbabilities = topLogProbabilities
        self.extensionsJSON = extensionsJSON
    }
}
