import CMoE2Protos
import MoE2Core

extension Consideration: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Consideration>) -> Void {
        { moe2__v1__consideration__init($0) }
    }

    init(_ c: borrowing Moe2__V1__Consideration) throws(WireError) {
        self.init(
            expert: try Field.identifier(c.expert, "expert"),
            host: try Field.identifier(c.host, "host"),
            score: try Field.finite(c.score, "score"),
            weight: try Field.amount(c.weight, "weight"),
            predicted: try Field.required(c.predicted, "predicted"),
            chosen: c.chosen != 0,
            reason: try Field.text(c.reason, "reason")
        )
    }

    func fill(_ c: inout Moe2__V1__Consideration, _ arena: Arena) {
        c.expert = arena.string(expert.rawValue)
        c.host = arena.string(host.rawValue)
        c.score = score
        c.weight = weight
        c.predicted = arena.pointer(to: predicted)
        c.chosen = chosen ? 1 : 0
        c.reason = arena.string(reason)
    }
}
