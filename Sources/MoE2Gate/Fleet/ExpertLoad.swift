import MoE2Core

/// How busy an expert is at one moment.
public struct ExpertLoad: Hashable, Sendable {
    /// Shards it could start at once.
    public var credits: Int
    /// Shards on its agent.
    public var running: Int
    /// Shards that wait at the gate.
    public var waiting: Int
    /// Slots in all.
    public var slots: Int
}

extension ExpertLoad {
    /// Shards that have to end before a new one gets a slot.
    var shardsAhead: Int { credits > 0 ? 0 : waiting + 1 }
}
