/// What a shard or an answer is expected to cost.
public struct CostEstimate: Hashable, Sendable, Codable {
    /// The median time to the last token.
    public var latency: Duration
    /// The time that nine of ten stay under.
    public var latencyP90: Duration
    /// The expected energy.
    public var energy: Energy
    /// The energy that nine of ten stay under.
    public var energyP90: Energy
    /// Where the figures come from.
    public var source: Provenance

    /// An estimate with the given figures.
    public init(
        latency: Duration,
        latencyP90: Duration,
        energy: Energy,
        energyP90: Energy,
        source: Provenance
    ) {
        self.latency = latency
        self.latencyP90 = latencyP90
        self.energy = energy
        self.energyP90 = energyP90
        self.source = source
    }

    /// Costs nothing.
    public static let zero = CostEstimate(
        latency: .zero,
        latencyP90: .zero,
        energy: .zero,
        energyP90: .zero,
        source: .unknown
    )
}
