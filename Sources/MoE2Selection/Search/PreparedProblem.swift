/// A problem with its scores converted for the solver, to be solved under several limits and as its fleet changes.
final class PreparedProblem {
    /// What a solve leaves for the next one.
    struct Outcome {
        var certificate: Certificate
        var multipliers: Multipliers?
    }

    /// What a solve may start from.
    struct Start {
        /// A set to begin with, as indices of experts; what of it is not feasible is left out.
        var set: [Int]?
        var multipliers: Multipliers?
        /// Experts that every set but `rival` must hold.
        var forced: [Int] = []
        /// A feasible set that no set without all of `forced` beats.
        var rival: [Int]?
    }

    private(set) var problem: SelectionProblem
    private(set) var experts: [Int]
    private let spare: Int
    private var scores: Scores

    private enum Scores {
        case cover(CoverRelaxation)
        case soft(SoftRelaxation)
    }

    /// Prepares the experts that some feasible set may hold, with room for `spare` more; nil when no set is feasible.
    init?(_ problem: SelectionProblem, spare: Int = 0) {
        guard let model = Model(feasiblePartOf: problem) else { return nil }
        self.problem = problem
        self.spare = spare
        experts = model.experts
        scores = Self.scores(model, spare)
    }

    /// What became of the converted scores.
    enum Adoption {
        case kept, converted, infeasible
    }

    /// Takes up a problem with the same prompts and other experts or costs. Multipliers of earlier solves fit only scores that were kept;
    /// of no use any more when no set is feasible.
    func adopt(_ problem: SelectionProblem) -> Adoption {
        guard let model = Model(feasiblePartOf: problem) else { return .infeasible }
        self.problem = problem
        experts = model.experts
        let fits =
            switch scores {
            case .cover(let relaxation): !Self.isSoft(model) && relaxation.adopt(model)
            case .soft(let relaxation): Self.isSoft(model) && relaxation.adopt(model)
            }
        if fits { return .kept }
        scores = Self.scores(model, spare)
        return .converted
    }

    /// With one expert in the team, or at T = 0, the best score is all that counts.
    private static func isSoft(_ model: Model) -> Bool { model.problem.temperature > 0 && model.teamSize > 1 }

    private static func scores(_ model: Model, _ spare: Int) -> Scores {
        guard isSoft(model) else { return .cover(CoverRelaxation(model, spare: spare)) }
        let scores = SoftScores(model, spare: spare)
        return scores.spread <= -SoftScores.lowestExponent
            ? .soft(SoftRelaxation(scores)) : .cover(CoverRelaxation(model, exact: scores, spare: spare))
    }

    /// The best set under `limits`, which must be no looser than the problem's.
    func solve(under limits: SelectionLimits, options: SolveOptions, start: Start = Start()) -> Outcome {
        let began = options.now()
        let limited = SelectionProblem(problem, limits: limits)
        let model = Model(limited, experts: experts)
        switch scores {
        case .cover(let relaxation): return search(model, relaxation, options, start, began)
        case .soft(let relaxation): return search(model, relaxation, options, start, began)
        }
    }

    private func search(
        _ model: Model,
        _ relaxation: some Relaxation,
        _ options: SolveOptions,
        _ start: Start,
        _ began: Duration
    ) -> Outcome {
        let limited = model.problem
        let search = BranchAndBound(model, relaxation, interrupt: Interrupt(options), gapTarget: options.gap)
        search.seedMultipliers = start.multipliers
        let slow = ExpertSet(
            capacity: model.count,
            model.experts.indices.filter { position in
                !Feasibility.isFastEnough(limited.experts[model.experts[position]], limited.limits)
            }
        )
        if let rival = start.rival { search.offer(model.known(rival)) }
        let upper = search.run(
            start: (start.set ?? start.rival).map { model.known($0) },
            excluded: slow,
            forced: model.known(start.forced)
        )
        guard let best = search.best else {
            let certificate = Certificate.infeasible(limited, time: options.now() - began)
            return Outcome(certificate: certificate, multipliers: start.multipliers)
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
        return Outcome(certificate: certificate, multipliers: search.rootMultipliers ?? start.multipliers)
    }
}
