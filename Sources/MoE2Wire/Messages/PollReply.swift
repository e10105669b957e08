import CMoE2Protos
public import MoE2Core

/// Answers `Agents/Poll`.
public enum PollReply: Equatable, WireMessage {
    /// The hold time passed: poll again.
    case none
    /// Run this shard. Credit polls only.
    case start(Shard)
    /// Stop this shard: nobody waits for it. Control poll only.
    case cancelShard(ShardID)
    /// Drain, or take shards again. Control poll only.
    case drain(Bool)
}

extension PollReply: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__PollReply>) -> Void {
        { moe2__v1__poll_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__PollReply) throws(WireError) {
        switch c.command_case {
        case MOE2__V1__POLL_REPLY__COMMAND_START: self = .start(try Field.required(c.start, "start"))
        case MOE2__V1__POLL_REPLY__COMMAND_CANCEL_SHARD:
            self = .cancelShard(try Field.identifier(c.cancel_shard, "cancel_shard"))
        case MOE2__V1__POLL_REPLY__COMMAND_DRAIN: self = .drain(c.drain != 0)
        default: self = .none
        }
    }

    func fill(_ c: inout Moe2__V1__PollReply, _ arena: Arena) {
        switch self {
        case .none:
            break
        case .start(let shard):
            c.command_case = MOE2__V1__POLL_REPLY__COMMAND_START
            c.start = arena.pointer(to: shard)
        case .cancelShard(let id):
            c.command_case = MOE2__V1__POLL_REPLY__COMMAND_CANCEL_SHARD
            c.cancel_shard = arena.string(id.rawValue)
        case .drain(let drain):
            c.command_case = MOE2__V1__POLL_REPLY__COMMAND_DRAIN
            c.drain = drain ? 1 : 0
        }
    }
}
