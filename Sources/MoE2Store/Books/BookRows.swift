import GRDB
import MoE2Core

/// Turns entries into rows.
enum BookRows {
    /// Writes `entry`; to be called in a transaction.
    static func insert(_ entry: BookEntry, into database: Database) throws {
        switch entry {
        case .query(let query): try insert(query, database)
        case .shard(let shard): try insert(shard, database)
        case .plan(let plan, let made): try insert(plan, made, database)
        }
    }

    /// The hour that a Unix time lies in.
    static func hour(_ time: Double) -> Int { Int((time / 3600).rounded(.down)) }

    /// A JSON array of names. Names hold no character that JSON escapes.
    private static func list(_ names: [String]) -> String {
        "[\(names.map { "\"\($0)\"" }.joined(separator: ","))]"
    }

    private static func insert(_ query: BookedQuery, _ database: Database) throws {
        let predicted = query.decision?.predicted
        try database.cachedStatement(
            sql: """
                INSERT INTO query (ended, id, client, category, mode, status, error, team, plan, elapsed_ms,
                    first_token_ms, energy_j, energy_source, predicted_energy_j, predicted_latency_ms, energy_limit_j,
                    latency_limit_ms, prompt_tokens, completion_tokens, retries, degraded, prompt, answer)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            query.ended, query.id.rawValue, query.client, query.category.rawValue, query.mode.description,
            (query.error?.code ?? .ok).name, query.error?.message,
            list(query.decision?.team.map(\.expert.rawValue) ?? []), query.decision.map { Int64(clamping: $0.plan) },
            query.elapsed.milliseconds, query.timeToFirstToken?.milliseconds, query.usage.energy.joules,
            query.usage.energySource.description, predicted?.energy.joules, predicted?.latency.milliseconds,
            query.energyLimit?.joules, query.latencyLimit?.milliseconds, query.usage.promptTokens,
            query.usage.completionTokens, query.retries, query.degraded, query.prompt, query.answer,
        ])
        try database.cachedStatement(
            sql: """
                INSERT INTO query_count (hour, client, answered, failed) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET answered = answered + excluded.answered, failed = failed + excluded.failed
                """
        ).execute(arguments: [
            hour(query.ended), query.client, query.error == nil ? 1 : 0, query.error == nil ? 0 : 1,
        ])
    }

    private static func insert(_ shard: BookedShard, _ database: Database) throws {
        let (usage, predicted) = (shard.usage, shard.predicted)
        try database.cachedStatement(
            sql: """
                INSERT INTO shard (ended, id, query, client, category, expert, host, cause, status, elapsed_ms, prefill_ms,
                    decode_ms, prompt_tokens, completion_tokens, energy_j, energy_source, predicted_latency_ms,
                    predicted_latency_p90_ms, predicted_energy_j, predicted_energy_p90_j)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            shard.ended, shard.id.rawValue, shard.query.rawValue, shard.client, shard.category.rawValue,
            shard.expert.rawValue, shard.host.rawValue, shard.cause, (shard.error?.code ?? .ok).name,
            shard.elapsed.milliseconds, usage.prefill.milliseconds, usage.decode.milliseconds, usage.promptTokens,
            usage.completionTokens, usage.energy.joules, usage.energySource.description,
            predicted.latency.milliseconds, predicted.latencyP90.milliseconds, predicted.energy.joules,
            predicted.energyP90.joules,
        ])
        // Only a shard that ended well says how good the prediction was.
        let isCompared = shard.error == nil
        try database.cachedStatement(
            sql: """
                INSERT INTO energy VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    shards = shards + excluded.shards,
                    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
                    completion_tokens = completion_tokens + excluded.completion_tokens,
                    energy_j = energy_j + excluded.energy_j,
                    measured_j = measured_j + excluded.measured_j,
                    compared = compared + excluded.compared,
                    within_latency_p90 = within_latency_p90 + excluded.within_latency_p90,
                    within_energy_p90 = within_energy_p90 + excluded.within_energy_p90,
                    predicted_j = predicted_j + excluded.predicted_j,
                    reported_j = reported_j + excluded.reported_j,
                    error_j = error_j + excluded.error_j
                """
        ).execute(arguments: [
            hour(shard.ended), shard.client, shard.host.rawValue, shard.expert.rawValue, usage.promptTokens,
            usage.completionTokens, usage.energy.joules, usage.energySource == .measured ? usage.energy.joules : 0,
            isCompared ? 1 : 0, isCompared && shard.elapsed <= predicted.latencyP90 ? 1 : 0,
            isCompared && usage.energy <= predicted.energyP90 ? 1 : 0, isCompared ? predicted.energy.joules : 0,
            isCompared ? usage.energy.joules : 0,
            isCompared ? abs(predicted.energy.joules - usage.energy.joules) : 0,
        ])
    }

    private static func insert(_ plan: Plan, _ made: Double, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO plan (number, made, category, active_set, status, quality, bound, gap, energy_limit_j,
                    latency_limit_ms, team_size, binding, nodes, solve_ms, reason)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            Int64(clamping: plan.number), made, plan.category.rawValue, list(plan.activeSet.map(\.rawValue)),
            plan.status.description, plan.quality, plan.bound, plan.gap, plan.energyLimit?.joules,
            plan.latencyLimit?.milliseconds, plan.teamSize, list(plan.binding), Int64(clamping: plan.nodes),
            plan.solveTime.milliseconds, plan.reason,
        ])
    }
}
