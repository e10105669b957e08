/// What a client wants of a batch: many queries as one piece of work.
public struct BatchOrder: Hashable, Sendable, Codable {
    /// Its name, made by the client from what the batch holds, so that the same batch is not done twice.
    public var id: BatchID
    /// How many lines, and so queries, it has.
    public var lines: Int
    /// The most that all its lines together may cost; nil when not limited.
    public var energyLimit: Energy?
    /// How long it may take from the moment that every line is here; nil when not limited.
    public var timeLimit: Duration?
    /// The gate score, in nats, that a line may lose so that all experts finish together. 0: only experts that are
    /// expected to answer equally well share lines, and the answers do not depend on how fast anybody is.
    public var trade: Double

    /// An order for a batch of `lines` lines called `id`.
    public init(
        id: BatchID,
        lines: Int,
        energyLimit: Energy? = nil,
        timeLimit: Duration? = nil,
        trade: Double = 0
    ) {
        self.id = id
        self.lines = lines
        self.energyLimit = energyLimit
        self.timeLimit = timeLimit
        self.trade = trade
    }
}
