/// One expert of a team.
public struct TeamMember: Hashable, Sendable, Codable {
    /// The expert.
    public var expert: ExpertID
    /// The host that carries it.
    public var host: HostID
    /// Its gate weight; the weights of a team sum to 1.
    public var weight: Double
    /// What its shard is expected to cost.
    public var predicted: CostEstimate

    /// `expert` on `host` with `weight`.
    public init(expert: ExpertID, host: HostID, weight: Double, predicted: CostEstimate) {
        self.expert = expert
        self.host = host
        self.weight = weight
        self.predicted = predicted
    }
}
