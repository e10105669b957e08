/// One language model behind one local model server.
public struct Expert: Hashable, Sendable, Codable {
    /// Its name; unique in the fleet.
    public var id: ExpertID
    /// The model's name as its server reports it.
    public var model: String
    /// The kind of model server: `llama.cpp` or `openai`.
    public var backend: String
    /// The longest prompt plus answer, in tokens; 0 when unknown.
    public var contextLength: Int
    /// The number of parameters; 0 when unknown.
    public var parameters: UInt64
    /// The size of the weights on disk in bytes; 0 when unknown.
    public var weightBytes: UInt64
    /// The quantisation, such as `Q4_K_M`; empty when unknown.
    public var quantization: String
    /// How many shards it executes at a time.
    public var slots: Int
    /// Whether it can score choices by log-probability.
    public var scoresChoices: Bool
    /// Whether it can embed text.
    public var embeds: Bool
    /// Memory it takes while loaded, in bytes; 0 when unknown.
    public var memoryBytes: UInt64

    /// An expert called `id` with the given facts.
    public init(
        id: ExpertID,
        model: String,
        backend: String,
        contextLength: Int = 0,
        parameters: UInt64 = 0,
        weightBytes: UInt64 = 0,
        quantization: String = "",
        slots: Int = 1,
        scoresChoices: Bool = false,
        embeds: Bool = false,
        memoryBytes: UInt64 = 0
    ) {
        self.id = id
        self.model = model
        self.backend = backend
        self.contextLength = contextLength
        self.parameters = parameters
        self.weightBytes = weightBytes
        self.quantization = quantization
        self.slots = slots
        self.scoresChoices = scoresChoices
        self.embeds = embeds
        self.memoryBytes = memoryBytes
    }
}
