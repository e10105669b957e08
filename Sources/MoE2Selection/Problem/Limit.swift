/// One limit of a problem, as certificates name it.
public enum Limit: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// ``SelectionLimits/energy``.
    case energy
    /// ``SelectionLimits/power``.
    case power
    /// ``SelectionLimits/latency`` of a category.
    case latency(category: String)
    /// ``SelectionLimits/maximumExperts``.
    case maximumExperts
    /// ``SelectionHost/memory`` of a host.
    case memory(host: String)
    /// The experts that must not be selected.
    case forbidden
    /// The experts that must not be selected together.
    case exclusive

    /// The name in the instance format, such as `energy_j` or `latency_ms.chat`.
    public var description: String {
        switch self {
        case .energy: "energy_j"
        case .power: "power_w"
        case .latency(let category): "latency_ms.\(category)"
        case .maximumExperts: "max_experts"
        case .memory(let host): "memory_mb.\(host)"
        case .forbidden: "forbidden"
        case .exclusive: "exclusive"
        }
    }

    public static func < (left: Limit, right: Limit) -> Bool { left.description < right.description }
}
