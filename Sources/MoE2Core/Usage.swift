/// What a shard, or a whole answer, took.
public struct Usage: Hashable, Sendable, Codable {
    /// Tokens of the prompt, as the model server counts them.
    public var promptTokens: Int
    /// Tokens written.
    public var completionTokens: Int
    /// Time the model server spent reading the prompt; zero when it does not say.
    public var prefill: Duration
    /// Time the model server spent writing; zero when it does not say.
    public var decode: Duration
    /// Time from the shard's arrival at the agent to its end, waiting for a slot included.
    public var total: Duration
    /// Energy above the host's idle baseline.
    public var energy: Energy
    /// Where `energy` comes from.
    public var energySource: Provenance

    /// Usage with the given figures.
    public init(
        promptTokens: Int = 0,
        completionTokens: Int = 0,
        prefill: Duration = .zero,
        decode: Duration = .zero,
        total: Duration = .zero,
        energy: Energy = .zero,
        energySource: Provenance = .unknown
    ) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.prefill = prefill
        self.decode = decode
        self.total = total
        self.energy = energy
        self.energySource = energySource
    }
}
