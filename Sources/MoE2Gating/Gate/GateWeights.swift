/// Top-k selection and soft-max weights over the experts at hand (DESIGN.md §3).
public enum GateWeights {
    /// The `k` best experts of `subset` by score, best first; equal scores go to the lower number.
    public static func top(_ k: Int, of subset: [Int], by scores: [Double]) -> [Int] {
        let ranked = subset.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
        return Array(ranked.prefix(max(k, 1)))
    }

    /// exp(s/T), normalised over `members`.
    public static func softmaxWeights(_ scores: [Double], over members: [Int], temperature: Double) -> [Double] {
        var weights = members.map { scores[$0] / temperature }
        weights.withUnsafeMutableBufferPointer { _ = softmax($0) }
        return weights
    }

    /// T·ln Σ exp(s/T) over the `k` best of `subset`: the quality that the planner adds up over the calibration prompts.
    public static func quality(_ scores: [Double], of subset: [Int], k: Int, temperature: Double) -> Double {
        let best = top(k, of: subset, by: scores)
        var values = best.map { scores[$0] / temperature }
        return temperature * values.withUnsafeMutableBufferPointer { softmax($0) }
    }
}
