import MoE2Core

/// What the gate is told when a shard has ended.
struct ShardEnd: Sendable {
    var shard: ShardID
    var result: ShardResult
    /// The output that it was not sent before.
    var lastChunks: [ShardChunk] = []
    /// Whether the expert's rates were learned from it for the first time.
    var gaveFirstRates = false
}
