import CMoE2Protos
import MoE2Core

extension TeamDecision: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__TeamDecision>) -> Void {
        { moe2__v1__team_decision__init($0) }
    }

    init(_ c: borrowing Moe2__V1__TeamDecision) throws(WireError) {
        self.init(
            team: try Field.list(c.n_team, c.team, "team", limit: WireLimits.team),
            predicted: try Field.required(c.predicted, "predicted"),
            plan: c.plan,
            category: try Field.identifier(c.category, "category"),
            considered: try Field.list(c.n_considered, c.considered, "considered", limit: WireLimits.fleetExperts)
        )
    }

    func fill(_ c: inout Moe2__V1__TeamDecision, _ arena: Arena) {
        (c.n_team, c.team) = arena.list(team)
        c.predicted = arena.pointer(to: predicted)
        c.plan = plan
        c.category = arena.string(category.rawValue)
        (c.n_considered, c.considered) = arena.list(considered)
    }
}
