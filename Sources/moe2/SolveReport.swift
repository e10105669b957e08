import FoundationEssentials
import MoE2Client
import MoE2Core
import MoE2Selection

/// What `moe2 solve` prints of an answer.
struct SolveReport: Encodable {
    let status: String
    let set: [String]
    let value: Double?
    let bound: Double?
    let gap: Double?
    let nodes: Int
    let timeMs: Double
    let binding: [String]
    let marginal: LimitFigures
    let smallestFeasible: LimitFigures
    let method: String
    /// Whether the tie rule was followed to its end.
    let canonical: Bool
    /// What the set takes, in the units of the limits.
    let energyJ: Double?

    private let marginals: [Limit: Double]
    private let smallest: [Limit: Double?]

    private enum CodingKeys: String, CodingKey {
        case status, set, value, bound, gap, nodes, binding, marginal, method, canonical
        case timeMs = "time_ms"
        case smallestFeasible = "smallest_feasible"
        case energyJ = "energy_j"
    }

    init(_ certificate: Certificate, _ problem: SelectionProblem, method: String) {
        let isFeasible = certificate.status != .infeasible
        status = certificate.status.rawValue
        set = certificate.set.map { problem.experts[$0].id }
        value = isFeasible ? certificate.value : nil
        bound = isFeasible ? certificate.bound : nil
        gap = isFeasible ? certificate.gap : nil
        nodes = certificate.nodes
        timeMs = certificate.time.milliseconds
        binding = certificate.binding.map(\.description)
        marginals = certificate.marginal
        smallest = certificate.smallestFeasible
        marginal = LimitFigures(certificate.marginal.mapValues { .some($0) })
        smallestFeasible = LimitFigures(certificate.smallestFeasible)
        self.method = method
        canonical = isFeasible && certificate.isCanonical
        energyJ = isFeasible ? problem.energy(of: certificate.set).value : nil
    }

    func json() throws -> String { try Self.render(self) }

    /// `value` as JSON on one line, keys in alphabetical order and names as they are.
    static func render(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    func text() -> String {
        var lines = ["status     \(status)"]
        if let value, let bound, let gap {
            lines.append("set        \(set.joined(separator: " "))")
            lines.append("value      \(value)")
            lines.append("bound      \(bound) (gap \(gap))")
            lines.append("energy     \(energyJ ?? 0) J a query")
        }
        lines.append("nodes      \(nodes)")
        lines.append("time       \(timeMs) ms")
        if !binding.isEmpty { lines.append("binding    \(binding.joined(separator: " "))") }
        for (limit, gain) in marginals.sorted(by: { $0.key < $1.key }) {
            lines.append("marginal   \(Self.step(limit)) more would buy \(gain)")
        }
        for (limit, least) in smallest.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "\(limit) alone would have to be \(least.map { "at least \($0)" } ?? "joined by another limit")"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func step(_ limit: Limit) -> String {
        switch limit {
        case .latency: "\(limit): \(SelectionSolver.latencyStep.value) ms"
        default: "\(limit): 1"
        }
    }
}
