import CMoE2Protos
import MoE2Core

extension BatchShard: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__BatchShard>) -> Void {
        { moe2__v1__batch_shard__init($0) }
    }

    init(_ c: borrowing Moe2__V1__BatchShard) throws(WireError) {
        self.init(
            expert: try Field.optionalIdentifier(c.expert, "expert"),
            lines: Field.count(c.lines),
            done: Field.count(c.done),
            running: Field.count(c.running)
        )
    }

    func fill(_ c: inout Moe2__V1__BatchShard, _ arena: Arena) {
        c.expert = arena.string(expert?.rawValue ?? "")
        c.lines = UInt32(clamping: lines)
        c.done = UInt32(clamping: done)
        c.running = UInt32(clamping: running)
    }
}
