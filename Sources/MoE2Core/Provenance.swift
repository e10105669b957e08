/// Where a figure comes from. Every joule, watt and rate that is shown carries it.
public enum Provenance: UInt32, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
    /// A guess: nothing is known.
    case unknown = 0
    /// Read from a meter or a clock.
    case measured = 1
    /// Computed from a model, such as configured watts times measured time.
    case modelled = 2
    /// Taken from the configuration or a device table.
    case configured = 3

    public var description: String {
        switch self {
        case .unknown: "unknown"
        case .measured: "measured"
        case .modelled: "modelled"
        case .configured: "configured"
        }
    }

    /// Whether a figure from here deserves less trust than one from `other`.
    public func isWeaker(than other: Provenance) -> Bool { trust < other.trust }

    private var trust: Int {
        switch self {
        case .unknown: 0
        case .configured: 1
        case .modelled: 2
        case .measured: 3
        }
    }
}
