import MoE2Core
import MoE2Gate
import Synchronization

/// Counts what the gate does, for Prometheus.
final class GateMetrics: Sendable, GateObserver {
    struct QueryKey: Hashable, Sendable {
        var category: String
        var mode: String
    }

    struct ShardKey: Hashable, Sendable {
        var host: String
        var expert: String
    }

    /// What is counted by category and mode.
    struct QueryCounts: Sendable {
        var byCode: [String: Int] = [:]
        var latency = Histogram(bounds: Histogram.latencyBounds)
        var timeToFirstToken = Histogram(bounds: Histogram.latencyBounds)
        var energy = Histogram(bounds: Histogram.energyBounds)
        var latencyViolations = 0
        var energyViolations = 0
        var degraded = 0
        var retries = 0
    }

    /// What is counted by host and expert.
    struct ShardCounts: Sendable {
        var byCode: [String: Int] = [:]
        var byCause: [String: Int] = [:]
        var promptTokens = 0
        var completionTokens = 0
        var joules: [String: Double] = [:]
    }

    /// What is counted of the plans of a category.
    struct PlanCounts: Sendable {
        var changes = 0
        var solverSeconds = 0.0
        var nodes = 0
    }

    struct Counts: Sendable {
        var queries: [QueryKey: QueryCounts] = [:]
        var shards: [ShardKey: ShardCounts] = [:]
        var plans: [String: PlanCounts] = [:]
        fileprivate var categories = LabelBook(limit: 64)
        fileprivate var experts = LabelBook(limit: 1024)
    }

    private let counts = Mutex(Counts())

    /// What was counted so far.
    var snapshot: Counts { counts.withLock { $0 } }

    func queryStarted(_ query: Query, client: ClientIdentity, category: MoE2Core.Category) {}
    func queryDecided(_ query: QueryID, client: ClientIdentity, decision: TeamDecision) {}

    func queryFinished(_ record: QueryRecord) {
        counts.withLock { counts in
            let key = QueryKey(
                category: counts.categories.label(record.category.rawValue),
                mode: record.query.mode.description
            )
            counts.queries[key, default: QueryCounts()].add(record)
        }
    }

    func shardFinished(_ record: ShardRecord) {
        counts.withLock { counts in
            let expert = counts.experts.label(record.expert.rawValue)
            let key = ShardKey(host: expert == LabelBook.other ? expert : record.host.rawValue, expert: expert)
            counts.shards[key, default: ShardCounts()].add(record)
        }
    }

    func planChanged(_ plan: Plan) {
        counts.withLock { counts in
            let category = counts.categories.label(plan.category.rawValue)
            counts.plans[category, default: PlanCounts()].changes += 1
            counts.plans[category]?.solverSeconds += plan.solveTime.seconds
            counts.plans[category]?.nodes += Int(clamping: plan.nodes)
        }
    }
}

// In place: a copy would take the buckets along.
extension GateMetrics.QueryCounts {
    fileprivate mutating func add(_ record: QueryRecord) {
        byCode[(record.error?.code ?? .ok).name, default: 0] += 1
        latency.observe(record.elapsed.seconds)
        energy.observe(record.usage.energy.joules)
        if let limit = record.energyLimit, record.usage.energy > limit { energyViolations += 1 }
        if let limit = record.latencyLimit, record.elapsed > limit { latencyViolations += 1 }
        guard let answer = record.answer else { return }
        timeToFirstToken.observe(answer.timeToFirstToken.seconds)
        retries += answer.retries
        if answer.degraded != nil { degraded += 1 }
    }
}

extension GateMetrics.ShardCounts {
    fileprivate mutating func add(_ record: ShardRecord) {
        let usage = record.result.usage
        byCode[(record.result.error?.code ?? .ok).name, default: 0] += 1
        byCause[record.cause.rawValue, default: 0] += 1
        promptTokens += usage.promptTokens
        completionTokens += usage.completionTokens
        joules[usage.energySource.description, default: 0] += max(0, usage.energy.joules)
    }
}
