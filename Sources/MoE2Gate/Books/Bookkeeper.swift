import MoE2Core
import MoE2Store

/// Hands what the gate does to the books. Never waits.
struct Bookkeeper: GateObserver {
    let writer: BookWriter
    /// Whether prompts and answers are kept too.
    let keepsText: Bool
    /// The wall clock, in Unix seconds.
    let unixTime: @Sendable () -> Double

    func queryStarted(_ query: Query, client: ClientIdentity, category: Category) {}
    func queryDecided(_ query: QueryID, client: ClientIdentity, decision: TeamDecision) {}

    func shardFinished(_ record: ShardRecord) {
        writer.append(
            .shard(
                BookedShard(
                    ended: unixTime(),
                    id: record.shard,
                    query: record.query,
                    client: record.client.name,
                    category: record.category,
                    expert: record.expert,
                    host: record.host,
                    cause: record.cause.rawValue,
                    error: record.result.error,
                    elapsed: record.elapsed,
                    usage: record.result.usage,
                    predicted: record.predicted
                )
            )
        )
    }

    func queryFinished(_ record: QueryRecord) {
        writer.append(
            .query(
                BookedQuery(
                    ended: unixTime(),
                    id: record.query.id,
                    client: record.client.name,
                    category: record.category,
                    mode: record.query.mode,
                    error: record.error,
                    decision: record.answer?.decision,
                    elapsed: record.elapsed,
                    timeToFirstToken: record.answer?.timeToFirstToken,
                    usage: record.usage,
                    energyLimit: record.energyLimit,
                    latencyLimit: record.latencyLimit,
                    retries: record.answer?.retries ?? 0,
                    degraded: record.answer?.degraded,
                    prompt: keepsText ? record.query.prompt : nil,
                    answer: keepsText ? record.answer?.text : nil
                )
            )
        )
    }

    func planChanged(_ plan: Plan) { writer.append(.plan(plan, made: unixTime())) }
}
