/// What a client may do.
public enum ClientScope: String, Hashable, Sendable, Codable, CaseIterable {
    /// Ask queries.
    case query
    /// See the fleet and its plans.
    case plan
    /// Drain hosts and the like.
    case admin
}
