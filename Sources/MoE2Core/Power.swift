/// A power, stored in watts.
public struct Power: Hashable, Comparable, Sendable, Codable {
    /// The power in watts (W).
    public var watts: Double

    /// A power of `watts` watts.
    public init(watts: Double) {
        self.watts = watts
    }

    /// A power of `watts` watts.
    public static func watts(_ watts: Double) -> Power { Power(watts: watts) }

    /// No power.
    public static let zero = Power(watts: 0)

    /// Whether the power is a number that a cost may have: finite and not negative.
    public var isValidCost: Bool { watts.isFinite && watts >= 0 }

    public init(from decoder: any Decoder) throws {
        watts = try decoder.singleValueContainer().decode(Double.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(watts)
    }

    public static func < (left: Power, right: Power) -> Bool { left.watts < right.watts }
    public static func + (left: Power, right: Power) -> Power { Power(watts: left.watts + right.watts) }
    public static func - (left: Power, right: Power) -> Power { Power(watts: left.watts - right.watts) }
    public static func += (left: inout Power, right: Power) { left.watts += right.watts }

    /// The energy that this power amounts to over `duration`.
    public static func * (power: Power, duration: Duration) -> Energy {
        Energy(joules: power.watts * duration.seconds)
    }
}
