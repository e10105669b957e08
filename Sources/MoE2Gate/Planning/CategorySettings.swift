public import MoE2Core

/// What the configuration says of one category.
public struct CategorySettings: Hashable, Sendable {
    /// The longest a query of the category may take; nil when not limited.
    public var latency: Duration?
    /// The most energy a query of the category may cost; nil when not limited.
    public var energy: Energy?
    /// The largest team the gate picks unless the query says otherwise.
    public var teamSize: Int

    /// Settings with the given limits.
    public init(latency: Duration? = nil, energy: Energy? = nil, teamSize: Int = 1) {
        self.latency = latency
        self.energy = energy
        self.teamSize = teamSize
    }
}
