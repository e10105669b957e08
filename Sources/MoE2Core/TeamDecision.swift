/// The team that the gate picked for one query, and why.
public struct TeamDecision: Hashable, Sendable, Codable {
    /// The experts, heaviest first.
    public var team: [TeamMember]
    /// What the answer is expected to cost: the slowest member's latency, everybody's energy.
    public var predicted: CostEstimate
    /// The plan it was picked under.
    public var plan: UInt64
    /// The category it was picked under.
    public var category: Category
    /// Everyone who was considered; empty unless the query asked for it.
    public var considered: [Consideration]

    /// A decision for `team`.
    public init(
        team: [TeamMember],
        predicted: CostEstimate,
        plan: UInt64,
        category: Category,
        considered: [Consideration] = []
    ) {
        self.team = team
        self.predicted = predicted
        self.plan = plan
        self.category = category
        self.considered = considered
    }
}
