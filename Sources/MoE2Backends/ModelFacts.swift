/// What is known of a model; 0 or empty where nothing is.
public struct ModelFacts: Hashable, Sendable {
    /// Its name as the server reports it.
    public var name: String
    /// The longest prompt plus answer, in tokens.
    public var contextLength: Int
    /// The number of parameters.
    public var parameters: UInt64
    /// The size of the weights on disk in bytes.
    public var weightBytes: UInt64
    /// The quantisation, such as `Q4_K_M`.
    public var quantization: String
    /// Memory that the server takes in RAM, in bytes.
    public var memoryBytes: UInt64
    /// Whether the server can score choices by log-probability.
    public var scoresChoices: Bool
    /// Whether the server can embed text.
    public var embeds: Bool

    /// Facts with these values.
    public init(
        name: String = "",
        contextLength: Int = 0,
        parameters: UInt64 = 0,
        weightBytes: UInt64 = 0,
        quantization: String = "",
        memoryBytes: UInt64 = 0,
        scoresChoices: Bool = false,
        embeds: Bool = false
    ) {
        self.name = name
        self.contextLength = contextLength
        self.parameters = parameters
        self.weightBytes = weightBytes
        self.quantization = quantization
        self.memoryBytes = memoryBytes
        self.scoresChoices = scoresChoices
        self.embeds = embeds
    }
}
