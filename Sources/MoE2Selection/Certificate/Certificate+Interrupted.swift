#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Certificate {
    /// The answer to a problem whose scores there was no time to convert: `start` where it is feasible, otherwise one expert or the required
    /// ones, with a bound that every prompt's k best experts having the largest score of all would reach.
    static func interrupted(_ model: Model, start: [Int]?, time: Duration) -> Certificate {
        let problem = model.problem
        let warm = model.known(start ?? []).union(model.required)
        let isWarm = start != nil && !warm.isEmpty && Usage(model).isWithinLimits(warm)
        let smallest = model.required.isEmpty ? ExpertSet(capacity: model.count, [0]) : model.required
        let set = model.indices(isWarm ? warm : smallest)
        let value = problem.value(of: set)
        let best = problem.scores.largest + problem.temperature * log(Double(model.teamSize))
        // Without prompts every set is worth 0.
        let bound = problem.scores.prompts > 0 ? max(best, value) : value
        return Certificate(
            status: .feasible,
            set: set,
            value: value,
            bound: bound,
            time: time,
            isCanonical: false
        )
    }
}
