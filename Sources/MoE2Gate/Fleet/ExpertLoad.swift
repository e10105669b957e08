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
    /// Shards that have to end before a new one gets a slot. A slot without a credit that runs nothing is about to be
    /// offered again: its poll is on its way.
    var shardsAhead: Int { credits > 0 ? 0 : max(0, running + waiting + 1 - slots) }

    /// Whether a new shard would have to wait.
    var isBusy: Bool { shardsAhead > 0 }
}
