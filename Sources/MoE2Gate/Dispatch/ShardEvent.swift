import MoE2Core

/// What comes out of a running shard.
enum ShardEvent: Equatable, Sendable {
    /// A piece of its output.
    case chunk(ShardChunk)
    /// Its end; nothing follows.
    case finished(ShardResult)
}
