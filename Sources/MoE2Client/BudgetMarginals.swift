public import MoE2Core

/// How much quality a little more of each budget of a plan would buy, from points of its frontiers.
public struct BudgetMarginals: Codable, Sendable, Equatable {
    /// What is added to the energy limit, in joules.
    public static let energyStep = 1.0
    /// What is added to the latency limit, in milliseconds.
    public static let latencyStep = 10.0

    /// What 1 J more per query would buy; nil without that limit, or when it was not proved.
    public var energyJ: Double?
    /// What 10 ms more would buy; nil without that limit, or when it was not proved.
    public var latencyMs: Double?

    /// The energy limits to solve for, in joules: that of `plan`, and the next.
    public static func energies(_ plan: Plan) -> [Double] {
        guard plan.status != .infeasible, let limit = plan.energyLimit?.joules, limit > 0 else { return [] }
        return [limit, limit + energyStep]
    }

    /// The latency limits to solve for, in milliseconds: that of `plan`, and the next.
    public static func latencies(_ plan: Plan) -> [Double] {
        guard plan.status != .infeasible, let limit = plan.latencyLimit?.milliseconds, limit > 0 else { return [] }
        return [limit, limit + latencyStep]
    }

    /// The values from the frontiers at ``energies(_:)`` and ``latencies(_:)``.
    public init(energy: [FrontierPoint], latency: [FrontierPoint]) {
        energyJ = Self.difference(energy)
        latencyMs = Self.difference(latency)
    }

    private static func difference(_ points: [FrontierPoint]) -> Double? {
        let proved = points.compactMap { point in
            point.quality.flatMap { point.bound - $0 <= 1e-9 * max(1, abs($0)) ? $0 : nil }
        }
        guard points.count == 2, proved.count == 2 else { return nil }
        return max(0, proved[1] - proved[0])
    }

    /// Such as `1 J more buys 0.0123, 10 ms more 0`; nil when nothing was worked out.
    var line: String? {
        let parts = [
            energyJ.map { "\(Display.energy(.joules(Self.energyStep))) more buys \(Display.significant($0))" },
            latencyMs.map { "\(Display.significant(Self.latencyStep)) ms more buys \(Display.significant($0))" },
        ]
        let known = parts.compactMap { $0 }
        return known.isEmpty ? nil : known.joined(separator: ", ")
    }
}
