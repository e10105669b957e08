import MoE2Core

/// What the host and every shard draw: what the agent needs of a meter.
protocol HostEnergy: Sendable {
    /// The meter's name, as in ``MoE2Core/Host/powerMeter``.
    var meterName: String { get }
    /// The host's power while no shard runs, as far as it is known.
    func idlePower() async -> Power
    /// The host's power now, and where the figure comes from.
    func power() async -> (power: Power, source: Provenance)
    /// A shard starts.
    func begin(_ shard: ShardID) async
    /// A shard worked off tokens since it last said so.
    func progress(_ shard: ShardID, promptTokens: Int, completionTokens: Int) async
    /// What a running shard has cost so far above the idle baseline.
    func spent(_ shard: ShardID) async -> Energy
    /// A shard ended: what it cost above the idle baseline, and where the figure comes from.
    func end(_ shard: ShardID) async -> (energy: Energy, source: Provenance)
    /// Watches the meter until the task is cancelled.
    func run() async
}
