import CMoE2Protos
public import MoE2Core

/// Answers `Agents/Finish`.
public struct FinishReply: Equatable, WireMessage {
    /// The slot's next shard, when the request was a poll and there was one before its hold time passed.
    public var start: Shard?

    /// A message with these fields.
    public init(start: Shard? = nil) {
        self.start = start
    }
}

extension FinishReply: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__FinishReply>) -> Void {
        { moe2__v1__finish_reply__init($0) }
    }

    init(_ c: borrowing Moe2__V1__FinishReply) throws(WireError) {
        self.init(start: try c.start.map { pointer throws(WireError) in try Shard(pointer.pointee) })
    }

    func fill(_ c: inout Moe2__V1__FinishReply, _ arena: Arena) {
        c.start = start.map { arena.pointer(to: $0) }
    }
}
