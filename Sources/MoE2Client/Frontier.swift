public import MoE2Core

/// A frontier of quality against one budget, ready to be drawn.
public struct Frontier: Sendable {
    /// Such as `energy per query`.
    public var budget: String
    /// The limit of each point, in joules or milliseconds, ascending.
    public var limits: [Double]
    /// The quality at each point; nil where no set meets the limit.
    public var qualities: [Double?]
    /// The set at each point.
    public var sets: [[ExpertID]]
    /// A limit as people read it.
    public var label: @Sendable (Double) -> String

    /// The frontier of quality against energy per query.
    public static func energy(_ points: [FrontierPoint]) -> Frontier {
        Frontier(points, budget: "energy per query", limit: { $0.energy?.joules }) {
            Display.energy(.joules($0))
        }
    }

    /// The frontier of quality against latency.
    public static func latency(_ points: [FrontierPoint]) -> Frontier {
        Frontier(points, budget: "latency", limit: { $0.latency?.milliseconds }) {
            Display.time(.milliseconds(clamping: $0))
        }
    }

    private init(
        _ points: [FrontierPoint],
        budget: String,
        limit: (FrontierPoint) -> Double?,
        label: @escaping @Sendable (Double) -> String
    ) {
        let known = points.compactMap { point in limit(point).map { (limit: $0, point: point) } }
            .sorted { $0.limit < $1.limit }
        self.budget = budget
        limits = known.map(\.limit)
        qualities = known.map(\.point.quality)
        sets = known.map(\.point.experts)
        self.label = label
    }

    /// Points where the set changes: what a table shows.
    var steps: [Int] {
        limits.indices.filter { $0 == 0 || sets[$0] != sets[$0 - 1] }
    }
}
