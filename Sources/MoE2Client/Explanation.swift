public import MoE2Core

/// What `moe2 query --explain` prints after the answer.
public enum Explanation {
    /// Who was considered, who was chosen, what it was expected to cost and what it cost.
    public static func render(_ answer: Answer) -> String {
        let decision = answer.decision
        var table = TextTable(
            ["", "expert", "host", "score", "weight", "expected time", "expected energy", "why not"],
            rightAligned: [3, 4, 5, 6]
        )
        for line in decision.considered {
            table.add([
                line.chosen ? "*" : "", line.expert.rawValue, line.host.rawValue, Display.significant(line.score),
                Display.percent(line.weight), Display.time(line.predicted.latency),
                Display.energy(line.predicted.energy), line.reason,
            ])
        }
        return """
            \(table.rendered())

            \(summary(answer))
            """
    }

    /// One paragraph: the team, the expected and the measured cost.
    public static func summary(_ answer: Answer) -> String {
        let decision = answer.decision
        let usage = answer.usage
        let team = decision.team.map { member in
            decision.team.count == 1
                ? "\(member.expert) on \(member.host)"
                : "\(member.expert) on \(member.host) (\(Display.percent(member.weight)))"
        }
        var lines = [
            "team      \(team.joined(separator: ", ")), category \(decision.category), plan \(decision.plan)",
            """
            expected  \(Display.time(decision.predicted.latency)) (p90 \(Display.time(decision.predicted.latencyP90))), \
            \(Display.energy(decision.predicted.energy)) (\(decision.predicted.source))
            """,
            """
            took      \(Display.time(usage.total)), first token after \(Display.time(answer.timeToFirstToken)), \
            \(Display.energy(usage.energy)) (\(usage.energySource)), \
            \(usage.promptTokens) + \(usage.completionTokens) tokens
            """,
        ]
        if answer.retries > 0 { lines.append("retries   \(answer.retries)") }
        if let degraded = answer.degraded { lines.append("degraded  \(degraded)") }
        return lines.joined(separator: "\n")
    }
}
