/// One expert as the gate saw it for one query: the line that `--explain` prints.
public struct Consideration: Hashable, Sendable, Codable {
    /// The expert.
    public var expert: ExpertID
    /// The host that carries it.
    public var host: HostID
    /// Its score; larger is better.
    public var score: Double
    /// Its gate weight over the whole active set; 0 when it is not in it.
    public var weight: Double
    /// What its shard would cost.
    public var predicted: CostEstimate
    /// Whether it is in the team.
    public var chosen: Bool
    /// Why it is not in the team; empty when it is.
    public var reason: String

    /// How `expert` was considered.
    public init(
        expert: ExpertID,
        host: HostID,
        score: Double,
        weight: Double,
        predicted: CostEstimate,
        chosen: Bool,
        reason: String
    ) {
        self.expert = expert
        self.host = host
        self.score = score
        self.weight = weight
        self.predicted = predicted
        self.chosen = chosen
        self.reason = reason
    }
}
