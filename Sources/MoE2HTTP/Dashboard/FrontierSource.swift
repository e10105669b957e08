import Glibc
import MoE2Core
import MoE2Gate
import MoE2Wire
import Synchronization

/// The frontier of quality against energy and latency, for the dashboard: solved at most every few seconds a category.
final class FrontierSource: Sendable {
    /// Points of a curve.
    static let points = 32
    /// How long a curve is good for while its plan stays the same.
    static let lifetime = Duration.seconds(5)
    /// Categories whose curves are kept.
    static let maximumCategories = 64

    private struct Entry {
        var plan: UInt64
        var made: ContinuousClock.Instant
        var json: [UInt8]
    }

    private let access: GateAccess
    private let cache = Mutex<[MoE2Core.Category: Entry]>([:])

    init(access: GateAccess) { self.access = access }

    /// The curves of `category` as JSON.
    func json(_ category: MoE2Core.Category) async throws(StatusError) -> [UInt8] {
        let number = access.fleet().plans.first { $0.category == category }?.number ?? 0
        if let entry = cache.withLock({ $0[category] }), entry.plan == number,
            ContinuousClock.now - entry.made < Self.lifetime
        {
            return entry.json
        }
        let coarse = try await access.plan(
            request(category, energies: Self.grid(1e-6...1e4, 41), latencies: Self.grid(0.1...1e6, 29))
        )
        let reply = try await access.plan(
            request(
                category,
                energies: Self.grid(Self.interesting(coarse.energyFrontier) { $0.energy?.joules }, Self.points),
                latencies: Self.grid(Self.interesting(coarse.latencyFrontier) { $0.latency?.milliseconds }, Self.points)
            )
        )
        let json = Self.write(reply)
        cache.withLock { cache in
            if cache.count >= Self.maximumCategories { cache.removeAll() }
            cache[category] = Entry(plan: number, made: .now, json: json)
        }
        return json
    }

    private func request(_ category: MoE2Core.Category, energies: [Double], latencies: [Double]) -> PlanRequest {
        PlanRequest(category: category, energies: energies, latencies: latencies, without: [], with: [])
    }

    /// `count` limits, evenly spread over the logarithm of `range`.
    static func grid(_ range: ClosedRange<Double>, _ count: Int) -> [Double] {
        guard count > 1, range.lowerBound > 0 else { return [range.upperBound] }
        let step = log(range.upperBound / range.lowerBound) / Double(count - 1)
        return (0..<count).map { range.lowerBound * exp(step * Double($0)) }
    }

    /// From just below the first limit at which a set exists to just above the last at which the quality changes.
    static func interesting(_ points: [FrontierPoint], _ limit: (FrontierPoint) -> Double?) -> ClosedRange<Double> {
        let known = points.compactMap { point in limit(point).map { ($0, point.quality) } }
        guard let first = known.firstIndex(where: { $0.1 != nil }), let best = known.last?.1 else {
            return (known.first?.0 ?? 1)...max(known.last?.0 ?? 1, known.first?.0 ?? 1)
        }
        let tolerance = 1e-9 * max(1, abs(best))
        let last = known.firstIndex { ($0.1 ?? -.infinity) >= best - tolerance } ?? known.count - 1
        let low = known[max(0, first - 1)].0
        return low...max(low * 1.01, known[min(known.count - 1, last + 1)].0)
    }

    private static func write(_ reply: PlanReply) -> [UInt8] {
        JSONWriter.object { writer in
            writer.array("plan") { FleetWriter.write(reply.plan, to: &$0) }
            writer.array("energy") { writer in
                for point in reply.energyFrontier { write(point, point.energy?.joules, to: &writer) }
            }
            writer.array("latency") { writer in
                for point in reply.latencyFrontier { write(point, point.latency?.milliseconds, to: &writer) }
            }
        }
    }

    private static func write(_ point: FrontierPoint, _ limit: Double?, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("limit", limit ?? 0)
            if let quality = point.quality { writer.member("quality", quality) }
            writer.array("experts") { writer in
                for expert in point.experts { writer.value(expert.rawValue) }
            }
        }
    }
}
