/// What energy is added up by.
public enum EnergyGrouping: UInt32, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
    /// By the host that executed the shards.
    case host = 0
    /// By the expert that executed them.
    case expert = 1
    /// By the client that asked.
    case client = 2
    /// By the day, in UTC.
    case day = 3

    /// The grouping called `name` on the command line.
    public init?(name: String) {
        guard let grouping = Self.allCases.first(where: { $0.description == name }) else { return nil }
        self = grouping
    }

    public var description: String {
        switch self {
        case .host: "host"
        case .expert: "expert"
        case .client: "client"
        case .day: "day"
        }
    }
}
