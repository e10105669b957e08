/// Writes the instance format of docs/SELECTION.md.
public enum InstanceWriter {
    /// `problem` as JSON text.
    public static func text(_ problem: SelectionProblem) -> String {
        var parts: [String] = []
        let scores = problem.scores
        let rows = (0..<scores.prompts).map { prompt in
            "[" + (0..<scores.experts).map { number(scores[prompt, $0]) }.joined(separator: ",") + "]"
        }
        parts.append("\"scores\":[\(rows.joined(separator: ",\n"))]")
        parts.append("\"weights\":[\(problem.weights.map(number).joined(separator: ","))]")
        parts.append("\"temperature\":\(number(problem.temperature))")
        parts.append("\"k\":\(problem.teamSize)")
        parts.append("\"experts\":[\(problem.experts.map(expert).joined(separator: ",\n"))]")
        parts.append("\"hosts\":[\(problem.hosts.map(host).joined(separator: ",\n"))]")
        parts.append("\"limits\":\(limits(problem.limits))")
        parts.append("\"required\":\(list(problem.required))")
        parts.append("\"forbidden\":\(list(problem.forbidden))")
        parts.append("\"exclusive\":[\(problem.exclusive.map(list).joined(separator: ","))]")
        return "{\(parts.joined(separator: ",\n"))}\n"
    }

    private static func expert(_ expert: SelectionExpert) -> String {
        var parts = ["\"id\":\(quoted(expert.id))"]
        if let host = expert.host { parts.append("\"host\":\(quoted(host))") }
        parts.append("\"energy_j\":\(number(expert.energy.value))")
        parts.append("\"memory_mb\":\(number(expert.memory.value))")
        parts.append("\"latency_ms\":\(times(expert.latency))")
        return "{\(parts.joined(separator: ","))}"
    }

    private static func host(_ host: SelectionHost) -> String {
        var parts = ["\"id\":\(quoted(host.id))", "\"activation_j\":\(number(host.activation.value))"]
        parts.append("\"idle_w\":\(number(host.idle.value))")
        if let memory = host.memory { parts.append("\"memory_mb\":\(number(memory.value))") }
        return "{\(parts.joined(separator: ","))}"
    }

    private static func limits(_ limits: SelectionLimits) -> String {
        var parts: [String] = []
        if let energy = limits.energy { parts.append("\"energy_j\":\(number(energy.value))") }
        if let power = limits.power { parts.append("\"power_w\":\(number(power.value))") }
        if !limits.latency.isEmpty { parts.append("\"latency_ms\":\(times(limits.latency))") }
        if let count = limits.maximumExperts { parts.append("\"max_experts\":\(count)") }
        return "{\(parts.joined(separator: ","))}"
    }

    private static func times(_ times: [String: Milliseconds]) -> String {
        let parts = times.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(number($0.value.value))" }
        return "{\(parts.joined(separator: ","))}"
    }

    private static func list(_ names: [String]) -> String { "[\(names.map(quoted).joined(separator: ","))]" }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : value.description
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
