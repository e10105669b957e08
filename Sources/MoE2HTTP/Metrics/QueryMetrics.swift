/// The metrics of queries, by category and mode.
enum QueryMetrics {
    static func write(_ counts: GateMetrics.Counts, to out: inout Exposition) {
        let queries = counts.queries.sorted { ($0.key.category, $0.key.mode) < ($1.key.category, $1.key.mode) }
            .map {
                (labels: [("category", $0.key.category), ("mode", $0.key.mode)] as Exposition.Labels, of: $0.value)
            }
        out.metric("moe2_queries_total", .counter, "Queries that ended, by category, mode and gRPC status.")
        for query in queries {
            for (code, count) in query.of.byCode.sorted(by: { $0.key < $1.key }) {
                out.sample(query.labels + [("code", code)], count)
            }
        }
        out.metric("moe2_query_duration_seconds", .histogram, "Time from admission to the end of a query.")
        for query in queries { out.sample(query.labels, query.of.latency) }
        out.metric("moe2_query_time_to_first_token_seconds", .histogram, "Time from admission to the first token.")
        for query in queries { out.sample(query.labels, query.of.timeToFirstToken) }
        out.metric("moe2_query_energy_joules", .histogram, "Energy of a query above idle, failed shards included.")
        for query in queries { out.sample(query.labels, query.of.energy) }
        out.metric("moe2_query_budget_violations_total", .counter, "Queries that took more than their budget allowed.")
        for query in queries {
            out.sample(query.labels + [("budget", "latency")], query.of.latencyViolations)
            out.sample(query.labels + [("budget", "energy")], query.of.energyViolations)
        }
        out.metric("moe2_query_degraded_total", .counter, "Answers given with less than was planned.")
        for query in queries { out.sample(query.labels, query.of.degraded) }
        out.metric(
            "moe2_query_retries_total",
            .counter,
            "Shards of answered queries that were started again elsewhere."
        )
        for query in queries { out.sample(query.labels, query.of.retries) }
    }
}
