/// A problem with its scores converted for the solver, to be solved under several limits.
struct PreparedProblem {
    /// What a solve leaves for the next one.
    struct Outcome {
        var certificate: Certificate
        var multipliers: Multipliers?
    }

    let problem: SelectionProblem
    let experts: [Int]
    private let scores: Scores

    private enum Scores {
        case cover(CoverRelaxation)
        case soft(SoftRelaxation)
    }

    /// Prepares the experts that some feasible set may hold; nil when no set is feasible.
    init?(_ problem: SelectionProblem) {
        guard let model = Model(feasiblePartOf: problem) else { return nil }
        self.problem = problem
        experts = model.experts
        scores = Self.scores(model)
    }

    private static func scores(_ model: Model) -> Scores {
        // With one expert in the team, or at T = 0, the best score is all that counts.
        guard model.problem.temperature > 0, model.teamSize > 1 else { return .cover(CoverRelaxation(model)) }
        let scores = SoftScores(model)
        return scores.spread <= -SoftScores.lowestExponent
            ? .soft(SoftRelaxation(model, scores)) : .cover(CoverRelaxation(model, exact: scores))
    }

    /// The best set under `limits`, which must be no looser than the problem's. `start` holds indices of experts, and all sets must
    /// hold those of `forced`.
    func solve(
        under limits: SelectionLimits,
        options: SolveOptions,
        start: [Int]? = nil,
        multipliers: Multipliers? = nil
    ) -> Outcome {
        let began = options.now()
        let limited = SelectionProblem(problem, limits: limits)
        let model = Model(limited, experts: experts)
        switch scores {
        case .cover(let relaxation): return search(limited, model, relaxation, options, start, multipliers, began)
        case .soft(let relaxation): return search(limited, model, relaxation, options, start, multipliers, began)
        }
    }

    private func search(
        _ limited: SelectionProblem,
        _ model: Model,
        _ relaxation: some Relaxation,
        _ options: SolveOptions,
        _ start: [Int]?,
        _ multipliers: Multipliers?,
        _ began: Duration
    ) -> Outcome {
        let search = BranchAndBound(model, relaxation, interrupt: Interrupt(options), gapTarget: options.gap)
        search.seedMultipliers = multipliers
        let slow = ExpertSet(
            capacity: model.count,
            model.experts.indices.filter { position in
                !Feasibility.isFastEnough(limited.experts[model.experts[position]], limited.limits)
            }
        )
        let upper = search.run(start: start.map { model.known($0) }, excluded: slow)
        guard let best = search.best else {
            return Outcome(certificate: .infeasible(limited, time: options.now() - began), multipliers: multipliers)
        }
        let set = model.indices(best.set)
        let value = limited.value(of: set)
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
        return Outcome(certificate: certificate, multipliers: search.rootMultipliers)
    }
}
