/// The budgets of a problem. A limit that is nil or absent does not bind.
public struct SelectionLimits: Hashable, Sendable {
    /// The most a query may cost: the k largest energies of the set and the activation of every host it touches.
    public var energy: Joules?
    /// The most the touched hosts may draw while idle, together.
    public var power: Watts?
    /// The longest an expert of the set may take, by category.
    public var latency: [String: Milliseconds]
    /// The most experts in the set.
    public var maximumExperts: Int?

    /// Limits with the given values.
    public init(
        energy: Joules? = nil,
        power: Watts? = nil,
        latency: [String: Milliseconds] = [:],
        maximumExperts: Int? = nil
    ) {
        self.energy = energy
        self.power = power
        self.latency = latency
        self.maximumExperts = maximumExperts
    }
}
