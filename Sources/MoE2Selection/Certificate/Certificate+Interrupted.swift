#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Certificate {
    /// The answer to a problem whose scores there was no time to look at: `start` where it is feasible, otherwise the required experts or
    /// the first one that fits, with a bound that every prompt's k best experts having the largest score of all would reach.
    static func interrupted(_ model: Model, start: [Int]?, time: Duration) -> Certificate {
        let problem = model.problem
        guard let found = feasibleSet(model, start) else { return .infeasible(problem, time: time) }
        let set = model.indices(found)
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

    /// Subsets of feasible sets that hold the required experts are feasible: when no set is found there is none.
    private static func feasibleSet(_ model: Model, _ start: [Int]?) -> ExpertSet? {
        let usage = Usage(model)
        func isFeasible(_ set: ExpertSet) -> Bool {
            set.members.allSatisfy { position in
                Feasibility.isFastEnough(model.problem.experts[model.experts[position]], model.problem.limits)
            } && usage.isWithinLimits(set)
        }
        if let start {
            let warm = model.known(start).union(model.required)
            if !warm.isEmpty, isFeasible(warm) { return warm }
        }
        guard model.required.isEmpty else { return isFeasible(model.required) ? model.required : nil }
        return model.experts.indices.lazy.map { ExpertSet(capacity: model.count, [$0]) }.first(where: isFeasible)
    }
}
