import MoE2Core
import MoE2Selection

/// What `moe2 solve --frontier` prints.
struct FrontierReport: Encodable {
    struct Point: Encodable {
        let use: Double
        let value: Double
        let bound: Double
        let gap: Double
        let status: String
        let set: [String]
        let nodes: Int
        let timeMs: Double
        let key: String

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: NamedKey.self)
            try container.encode(use, forKey: NamedKey(key))
            try container.encode(value, forKey: NamedKey("value"))
            try container.encode(bound, forKey: NamedKey("bound"))
            try container.encode(gap, forKey: NamedKey("gap"))
            try container.encode(status, forKey: NamedKey("status"))
            try container.encode(set, forKey: NamedKey("set"))
            try container.encode(nodes, forKey: NamedKey("nodes"))
            try container.encode(timeMs, forKey: NamedKey("time_ms"))
        }
    }

    struct Curve: Encodable {
        /// `energy`, or `latency` with its category.
        let against: String
        let category: String?
        /// Whether every corner is there.
        let complete: Bool
        let points: [Point]
    }

    let frontier: [Curve]

    init(_ frontiers: [Frontier], _ problem: SelectionProblem) {
        frontier = frontiers.map { frontier in
            var category: String?
            if case .latency(let name) = frontier.limit { category = name }
            return Curve(
                against: category == nil ? "energy" : "latency",
                category: category,
                complete: frontier.isComplete,
                points: frontier.points.map { point in
                    Point(
                        use: point.use,
                        value: point.certificate.value,
                        bound: point.certificate.bound,
                        gap: point.certificate.gap,
                        status: point.certificate.status.rawValue,
                        set: point.certificate.set.map { problem.experts[$0].id },
                        nodes: point.certificate.nodes,
                        timeMs: point.certificate.time.milliseconds,
                        key: category == nil ? "energy_j" : "latency_ms"
                    )
                }
            )
        }
    }

    func json() throws -> String { try SolveReport.render(self) }

    func text() -> String {
        frontier.map { curve in
            let unit = curve.category == nil ? "J" : "ms"
            let title = curve.category.map { "latency of \($0)" } ?? "energy"
            let lines = curve.points.map { "\($0.use) \(unit)\t\($0.value)\t\($0.set.joined(separator: " "))" }
            return "quality against \(title)\n" + lines.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }
}
