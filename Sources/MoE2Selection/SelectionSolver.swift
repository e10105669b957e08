/// Finds the best feasible set and proves it.
public struct SelectionSolver {
    private let options: SolveOptions

    /// A solver that follows `options`.
    public init(_ options: SolveOptions) { self.options = options }

    /// The best set for `problem`, or the best found in time with a bound on what was missed.
    public func solve(_ problem: SelectionProblem) -> Certificate {
        let began = options.now()
        guard let model = Model(feasiblePartOf: problem) else {
            return infeasible(problem, since: began)
        }
        // With one expert in the team, or at T = 0, the best score is all that counts.
        guard problem.temperature > 0, model.teamSize > 1 else {
            return search(problem, model, CoverRelaxation(model), since: began)
        }
        let scores = SoftScores(model)
        guard scores.spread <= -SoftScores.lowestExponent else {
            return search(problem, model, CoverRelaxation(model, exact: scores), since: began)
        }
        return search(problem, model, SoftRelaxation(model, scores), since: began)
    }

    private func search(
        _ problem: SelectionProblem,
        _ model: Model,
        _ relaxation: some Relaxation,
        since began: Duration
    ) -> Certificate {
        let search = BranchAndBound(model, relaxation, interrupt: Interrupt(options), gapTarget: options.gap)
        let upper = search.run(start: options.start.map { model.known($0) })
        guard let best = search.best else { return infeasible(problem, since: began) }
        let set = model.indices(best.set)
        let value = problem.value(of: set)
        let missing = max(0, upper - best.value) * relaxation.unit
        var certificate = Certificate(
            status: missing > 0 ? .feasible : .optimal,
            set: set,
            value: value,
            bound: value + missing,
            nodes: search.nodes,
            isCanonical: !search.isTieOpen && missing == 0
        )
        certificate.time = options.now() - began
        certificate.binding = BindingReport.limits(of: problem, at: set)
        return certificate
    }

    private func infeasible(_ problem: SelectionProblem, since began: Duration) -> Certificate {
        let report = InfeasibilityReport(problem)
        return Certificate(
            status: .infeasible,
            set: [],
            value: 0,
            bound: 0,
            time: options.now() - began,
            binding: report.violated,
            smallestFeasible: report.smallest
        )
    }
}
