/// The limits that a query carries.
public struct Budget: Hashable, Sendable, Codable {
    /// The most energy the answer may cost; nil when only the plan's limit holds.
    public var energy: Energy?
    /// The longest time from admission to the last token; nil when only the category's limit holds.
    public var latency: Duration?

    /// A budget of `energy` and `latency`; nil leaves the plan's limit.
    public init(energy: Energy? = nil, latency: Duration? = nil) {
        self.energy = energy
        self.latency = latency
    }

    /// No limits of its own.
    public static let unlimited = Budget()
}
