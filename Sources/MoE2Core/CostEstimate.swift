/// What a shard or an answer is expected to cost.
public struct CostEstimate: Hashable, Sendable, Codable {
    /// The median time to the last token.
    public var latency: Duration
    /// The time that nine of ten stay under.
    public var latencyP90: Duration
    /// The median energy, activation included: as often it takes more as less.
    public var energy: Energy
    /// The mean energy, activation included: what many shards take each. Above the median, since a few take far more. Not on
    /// the wire.
    public var meanEnergy: Energy
    /// The energy that nine of ten stay under, activation included.
    public var energyP90: Energy
    /// What energy budgets are checked against: the energy that hardly any stays above. A joule that is spent cannot be
    /// taken back, while time can be cut off, so one in ten is too many here. Not on the wire.
    public var energyCeiling: Energy
    /// The part of all these energies that wakes a sleeping host; it is paid once however many shards the host gets.
    public var activation: Energy
    /// Where the figures come from.
    public var source: Provenance

    /// An estimate with the given figures.
    public init(
        latency: Duration,
        latencyP90: Duration,
        energy: Energy,
        energyP90: Energy,
        energyCeiling: Energy? = nil,
        meanEnergy: Energy? = nil,
        activation: Energy = .zero,
        source: Provenance
    ) {
        self.latency = latency
        self.latencyP90 = latencyP90
        self.energy = energy
        self.energyP90 = energyP90
        self.energyCeiling = max(energyP90, energyCeiling ?? energyP90)
        self.meanEnergy = meanEnergy ?? energy
        self.activation = activation
        self.source = source
    }

    /// The median energy without activation: what the shard itself takes.
    public var shardEnergy: Energy { max(.zero, energy - activation) }
    /// The energy without activation that nine of ten stay under.
    public var shardEnergyP90: Energy { max(.zero, energyP90 - activation) }
    /// The ceiling without activation.
    public var shardEnergyCeiling: Energy { max(.zero, energyCeiling - activation) }

    /// Costs nothing.
    public static let zero = CostEstimate(
        latency: .zero,
        latencyP90: .zero,
        energy: .zero,
        energyP90: .zero,
        source: .unknown
    )
}
