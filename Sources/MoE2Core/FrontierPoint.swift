/// One point of the frontier of quality against a budget.
public struct FrontierPoint: Hashable, Sendable, Codable {
    /// The energy limit at this point; nil when energy is not limited.
    public var energy: Energy?
    /// The latency limit at this point; nil when latency is not limited.
    public var latency: Duration?
    /// The quality of the best set, or nil when no set meets the limits.
    public var quality: Double?
    /// No set within the limits has a larger quality than this.
    public var bound: Double
    /// The best set.
    public var experts: [ExpertID]

    /// A point with the given limits.
    public init(energy: Energy?, latency: Duration?, quality: Double?, bound: Double, experts: [ExpertID]) {
        self.energy = energy
        self.latency = latency
        self.quality = quality
        self.bound = bound
        self.experts = experts
    }
}
