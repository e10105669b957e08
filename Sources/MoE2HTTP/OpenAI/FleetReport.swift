import HTTPTypes
import MoE2Core

/// Says who answered and what it cost: the object `moe2` of an answer, and the headers `x-moe2-*`.
enum FleetReport {
    /// The object `moe2` of a whole answer.
    static func write(_ answer: Answer, query: QueryID, mode: AnswerMode, to writer: inout JSONWriter) {
        writer.object("moe2") { writer in
            writer.member("query", query.rawValue)
            writer.member("mode", mode.description)
            write(answer.decision, to: &writer)
            writer.object("measured") { writer in
                writer.member("latency_ms", answer.usage.total.milliseconds)
                writer.member("time_to_first_token_ms", answer.timeToFirstToken.milliseconds)
                writer.member("energy_j", answer.usage.energy.joules)
                writer.member("energy_source", answer.usage.energySource.description)
            }
            writer.member("retries", answer.retries)
            if let degraded = answer.degraded { writer.member("degraded", degraded) }
            if !answer.choiceProbabilities.isEmpty {
                writer.array("choice_probabilities") { writer in
                    for probability in answer.choiceProbabilities { writer.value(probability) }
                }
            }
            if mode != .route { candidates(answer, to: &writer) }
        }
    }

    /// The members that are known once the team is picked.
    static func write(_ decision: TeamDecision, to writer: inout JSONWriter) {
        writer.member("category", decision.category.rawValue)
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
        writer.object("predicted") { writer in estimate(decision.predicted, to: &writer) }
        guard !decision.considered.isEmpty else { return }
        writer.array("considered") { writer in
            for one in decision.considered { consideration(one, to: &writer) }
        }
    }

    private static func estimate(_ cost: CostEstimate, to writer: inout JSONWriter) {
        writer.member("latency_ms", cost.latency.milliseconds)
        writer.member("latency_p90_ms", cost.latencyP90.milliseconds)
        writer.member("energy_j", cost.energy.joules)
        writer.member("energy_p90_j", cost.energyP90.joules)
        writer.member("source", cost.source.description)
    }

    private static func consideration(_ one: Consideration, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("expert", one.expert.rawValue)
            writer.member("host", one.host.rawValue)
            writer.member("score", one.score)
            writer.member("weight", one.weight)
            writer.member("chosen", one.chosen)
            writer.member("reason", one.reason)
            writer.object("predicted") { writer in estimate(one.predicted, to: &writer) }
        }
    }

    private static func candidates(_ answer: Answer, to writer: inout JSONWriter) {
        writer.array("candidates") { writer in
            for candidate in answer.candidates {
                writer.object { writer in
                    writer.member("expert", candidate.expert.rawValue)
                    writer.member("weight", candidate.weight)
                    if let error = candidate.error {
                        writer.member("error", error.message)
                    } else if candidate.choiceProbabilities.isEmpty {
                        writer.member("text", candidate.text)
                    }
                }
            }
        }
    }

    // MARK: Headers

    private static let query = name("x-moe2-query")
    private static let team = name("x-moe2-team")
    private static let category = name("x-moe2-category")
    private static let plan = name("x-moe2-plan")
    private static let predictedLatency = name("x-moe2-predicted-latency-ms")
    private static let predictedEnergy = name("x-moe2-predicted-energy-j")
    private static let latency = name("x-moe2-latency-ms")
    private static let energy = name("x-moe2-energy-j")
    private static let energySource = name("x-moe2-energy-source")
    private static let degraded = name("x-moe2-degraded")

    /// What a stream's trailers are called, for the header `Trailer`.
    static let trailerNames = "x-moe2-latency-ms, x-moe2-energy-j, x-moe2-energy-source, x-moe2-degraded"

    private static func name(_ text: StaticString) -> HTTPField.Name {
        // Every name above is a valid token; the fallback is never taken.
        HTTPField.Name("\(text)") ?? .server
    }

    /// What is known once the team is picked: `x-moe2-team: arith=1.000, text=0.000`.
    static func headers(_ decision: TeamDecision, query id: QueryID) -> HTTPFields {
        var fields = HTTPFields()
        fields[query] = id.rawValue
        fields[team] = decision.team.map { "\($0.expert)=\(decimals($0.weight, 3))" }.joined(separator: ", ")
        fields[category] = decision.category.rawValue
        fields[plan] = String(decision.plan)
        fields[predictedLatency] = decimals(decision.predicted.latency.milliseconds, 3)
        fields[predictedEnergy] = decimals(decision.predicted.energy.joules, 6)
        return fields
    }

    /// What is known at the end.
    static func measured(_ answer: Answer) -> HTTPFields {
        var fields = HTTPFields()
        fields[latency] = decimals(answer.usage.total.milliseconds, 3)
        fields[energy] = decimals(answer.usage.energy.joules, 6)
        fields[energySource] = answer.usage.energySource.description
        if let reason = answer.degraded { fields[degraded] = headerText(reason) }
        return fields
    }

    /// A header holds visible ASCII only.
    private static func headerText(_ text: String) -> String {
        String(
            decoding: text.utf8.prefix(400).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") },
            as: UTF8.self
        )
    }

    /// `value` with a fixed number of decimals.
    private static func decimals(_ value: Double, _ count: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "0" }
        var scale = 1
        for _ in 0..<count { scale *= 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        let zeros = String(repeating: "0", count: count - fraction.utf8.count)
        return "\(value < 0 ? "-" : "")\(scaled / scale).\(zeros)\(fraction)"
    }
}
