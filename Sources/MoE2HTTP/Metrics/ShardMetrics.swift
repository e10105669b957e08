/// The metrics of shards, by host and expert.
enum ShardMetrics {
    static func write(_ counts: GateMetrics.Counts, to out: inout Exposition) {
        let shards = counts.shards.sorted { ($0.key.host, $0.key.expert) < ($1.key.host, $1.key.expert) }
            .map { (labels: [("host", $0.key.host), ("expert", $0.key.expert)] as Exposition.Labels, of: $0.value) }
        out.metric("moe2_shards_total", .counter, "Shards that ended, by gRPC status.")
        for shard in shards {
            for (code, count) in shard.of.byCode.sorted(by: { $0.key < $1.key }) {
                out.sample(shard.labels + [("code", code)], count)
            }
        }
        out.metric(
            "moe2_shard_starts_total",
            .counter,
            "Shards by why they were started: first, retry, continuation or hedge."
        )
        for shard in shards {
            for (cause, count) in shard.of.byCause.sorted(by: { $0.key < $1.key }) {
                out.sample(shard.labels + [("cause", cause)], count)
            }
        }
        out.metric("moe2_tokens_total", .counter, "Tokens read (prompt) and written (completion).")
        for shard in shards {
            out.sample(shard.labels + [("kind", "prompt")], shard.of.promptTokens)
            out.sample(shard.labels + [("kind", "completion")], shard.of.completionTokens)
        }
        out.metric("moe2_energy_joules_total", .counter, "Energy of shards above idle, by where the figure comes from.")
        for shard in shards {
            for (source, joules) in shard.of.joules.sorted(by: { $0.key < $1.key }) {
                out.sample(shard.labels + [("source", source)], joules)
            }
        }
    }
}
