public import MoE2Core

/// What one shard cost above the idle baseline.
public struct ShardEnergy: Hashable, Sendable {
    /// The energy; never negative.
    public var energy: Energy
    /// The weakest source among the readings that it was computed from.
    public var source: Provenance

    /// An energy from `source`.
    public init(energy: Energy, source: Provenance) {
        self.energy = energy
        self.source = source
    }
}
