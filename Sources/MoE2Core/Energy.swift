/// An amount of energy, stored in joules.
public struct Energy: Hashable, Comparable, Sendable, Codable {
    /// The amount in joules (J).
    public var joules: Double

    /// An energy of `joules` joules.
    public init(joules: Double) {
        self.joules = joules
    }

    /// An energy of `joules` joules.
    public static func joules(_ joules: Double) -> Energy { Energy(joules: joules) }

    /// No energy.
    public static let zero = Energy(joules: 0)

    /// Whether the amount is a number that a cost may have: finite and not negative.
    public var isValidCost: Bool { joules.isFinite && joules >= 0 }

    public init(from decoder: any Decoder) throws {
        joules = try decoder.singleValueContainer().decode(Double.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(joules)
    }

    public static func < (left: Energy, right: Energy) -> Bool { left.joules < right.joules }
    public static func + (left: Energy, right: Energy) -> Energy { Energy(joules: left.joules + right.joules) }
    public static func - (left: Energy, right: Energy) -> Energy { Energy(joules: left.joules - right.joules) }
    public static func * (left: Energy, factor: Double) -> Energy { Energy(joules: left.joules * factor) }
    public static func += (left: inout Energy, right: Energy) { left.joules += right.joules }
    public static func -= (left: inout Energy, right: Energy) { left.joules -= right.joules }
}
