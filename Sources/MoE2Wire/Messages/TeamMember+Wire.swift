import CMoE2Protos
import MoE2Core

extension TeamMember: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__TeamMember>) -> Void {
        { moe2__v1__team_member__init($0) }
    }

    init(_ c: borrowing Moe2__V1__TeamMember) throws(WireError) {
        self.init(
            expert: try Field.identifier(c.expert, "expert"),
            host: try Field.identifier(c.host, "host"),
            weight: try Field.amount(c.weight, "weight"),
            predicted: try Field.required(c.predicted, "predicted")
        )
    }

    func fill(_ c: inout Moe2__V1__TeamMember, _ arena: Arena) {
        c.expert = arena.string(expert.rawValue)
        c.host = arena.string(host.rawValue)
        c.weight = weight
        c.predicted = arena.pointer(to: predicted)
    }
}
