import Glibc

/// The planner's objective Q_{T,k}(S) = mean over prompts of T·log Σ_{n ∈ top-k of S} exp(sₙ/T).
enum PlanQuality {
    /// Q of the set `members` of columns, each with one number a prompt; −∞ for the empty set. The largest score when `temperature` is 0.
    static func value(_ scores: [[Double]], members: [Int], teamSize: Int, temperature: Double) -> Double {
        guard let first = members.first else { return -.infinity }
        let prompts = scores[first].count
        guard prompts > 0 else { return 0 }
        var sum = 0.0
        for prompt in 0..<prompts {
            let top = members.map { scores[$0][prompt] }.sorted(by: >).prefix(max(1, teamSize))
            sum += pooled(top, temperature)
        }
        return sum / Double(prompts)
    }

    private static func pooled(_ scores: ArraySlice<Double>, _ temperature: Double) -> Double {
        guard let best = scores.first else { return -.infinity }
        guard temperature > 0 else { return best }
        return best + temperature * log(scores.reduce(0) { $0 + exp(($1 - best) / temperature) })
    }
}
