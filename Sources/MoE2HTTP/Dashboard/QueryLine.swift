import MoE2Core

/// A query as the dashboard lists it: never its text.
struct QueryLine: Sendable {
    var id: QueryID
    var client: String
    var category: MoE2Core.Category
    var mode: AnswerMode
    var decision: TeamDecision?
    /// nil while it is being answered.
    var end: End?

    /// How it ended.
    struct End: Sendable {
        var status: String
        var elapsed: Duration
        var timeToFirstToken: Duration?
        var energy: Energy
        var energySource: Provenance
        var tokens: Int
        var retries: Int
        var degraded: String?
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id.rawValue)
            writer.member("client", client)
            writer.member("category", category.rawValue)
            writer.member("mode", mode.description)
            if let decision {
                writer.member("plan", Int(clamping: decision.plan))
                writer.array("team") { writer in
                    for member in decision.team {
                        writer.object { writer in
                            writer.member("expert", member.expert.rawValue)
                            writer.member("host", member.host.rawValue)
                            writer.member("weight", member.weight)
                        }
                    }
                }
                writer.member("predicted_ms", decision.predicted.latency.milliseconds)
                writer.member("predicted_j", decision.predicted.energy.joules)
            }
            guard let end else { return writer.member("status", "running") }
            writer.member("status", end.status)
            writer.member("ms", end.elapsed.milliseconds)
            if let first = end.timeToFirstToken { writer.member("first_token_ms", first.milliseconds) }
            writer.member("j", end.energy.joules)
            writer.member("energy_source", end.energySource.description)
            writer.member("tokens", end.tokens)
            writer.member("retries", end.retries)
            if let degraded = end.degraded { writer.member("degraded", degraded) }
        }
    }
}
