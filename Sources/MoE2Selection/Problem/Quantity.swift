/// A number with a unit: an energy is never taken for a time.
public struct Quantity<Unit>: Hashable, Comparable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// The number, in the unit.
    public var value: Double

    /// `value` of the unit.
    public init(_ value: Double) { self.value = value }

    public init(floatLiteral value: Double) { self.value = value }

    public init(integerLiteral value: Int) { self.value = Double(value) }

    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// The unit of ``Joules``.
public enum JouleUnit: Sendable {}
/// The unit of ``Watts``.
public enum WattUnit: Sendable {}
/// The unit of ``Megabytes``.
public enum MegabyteUnit: Sendable {}
/// The unit of ``Milliseconds``.
public enum MillisecondUnit: Sendable {}

/// An energy in J.
public typealias Joules = Quantity<JouleUnit>
/// A power in W.
public typealias Watts = Quantity<WattUnit>
/// A memory size in MB.
public typealias Megabytes = Quantity<MegabyteUnit>
/// A time in ms.
public typealias Milliseconds = Quantity<MillisecondUnit>
