public import MoE2Core

/// Who asks.
public struct ClientIdentity: Hashable, Sendable {
    /// The name that fairness, budgets and books go by.
    public var name: String
    /// The most energy that one of its queries may cost; nil when not limited.
    public var energyPerQuery: Energy?

    /// A client called `name`.
    public init(name: String, energyPerQuery: Energy? = nil) {
        self.name = name
        self.energyPerQuery = energyPerQuery
    }
}
