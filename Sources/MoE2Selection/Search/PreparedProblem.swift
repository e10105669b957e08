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

    /// Prepares the experts of `model`, which are those that some feasible set may hold, with room for `spare` more.
    /// - Throws: ``Interrupted``.
    init(_ model: Model, spare: Int = 0, _ interrupt: Interrupt) throws(Interrupted) {
        problem = model.problem
        self.spare = spare
        experts = model.experts
        scores = try Self.scores(model, spare, interrupt)
    }

    /// Takes up the model of a problem with the same prompts and other experts or costs; whether the converted scores were kept.
    /// Multipliers of earlier solves fit only scores that were kept.
    /// - Throws: ``Interrupted``: this is of no use any more then.
    func adopt(_ model: Model, _ interrupt: Interrupt) throws(Interrupted) -> Bool {
        problem = model.problem
        experts = model.experts
        let fits =
            switch scores {
            case .cover(let relaxation): Self.isSoft(model) ? false : try relaxation.adopt(model, interrupt)
            case .soft(let relaxation): Self.isSoft(model) ? try relaxation.adopt(model, interrupt) : false
            }
        if !fits { scores = try Self.scores(model, spare, interrupt) }
        return fits
    }

    /// With one expert in the team, or at T = 0, the best score is all that counts.
    private static func isSoft(_ model: Model) -> Bool { model.problem.temperature > 0 && model.teamSize > 1 }

    private static func scores(_ model: Model, _ spare: Int, _ interrupt: Interrupt) throws(Interrupted) -> Scores {
        guard isSoft(model) else { return .cover(try CoverRelaxation(model, spare: spare, interrupt)) }
        let scores = try SoftScores(model, spare: spare, interrupt)
        return scores.isNarrow
            ? .soft(SoftRelaxation(scores)) : .cover(try CoverRelaxation(model, exact: scores, spare: spare, interrupt))
    }

    /// The best set under `limits`, which must be no looser than the problem's.
    func solve(
        under limits: SelectionLimits,
        _ options: SolveOptions,
        _ interrupt: Interrupt,
        start: Start = Start()
    ) -> Outcome {
        let began = options.now()
        let model = Model(SelectionProblem(problem, limits: limits), experts: experts)
        var outcome: Outcome
        do throws(Interrupted) {
            outcome =
                switch scores {
                case .cover(let relaxation): try search(model, relaxation, options, interrupt, start)
                case .soft(let relaxation): try search(model, relaxation, options, interrupt, start)
                }
        } catch {
            let set = start.set ?? start.rival
            let certificate = Certificate.interrupted(model, start: set, time: .zero)
            outcome = Outcome(certificate: certificate, multipliers: start.multipliers)
        }
        outcome.certificate.time = options.now() - began
        return outcome
    }

    private func search(
        _ model: Model,
        _ relaxation: some Relaxation,
        _ options: SolveOptions,
        _ interrupt: Interrupt,
        _ start: Start
    ) throws(Interrupted) -> Outcome {
        let limited = model.problem
        let search = BranchAndBound(model, relaxation, interrupt: interrupt, gapTarget: options.gap)
        search.seedMultipliers = start.multipliers
        let slow = ExpertSet(
            capacity: model.count,
            model.experts.indices.filter { position in
                !Feasibility.isFastEnough(limited.experts[model.experts[position]], limited.limits)
            }
        )
        if let rival = start.rival { search.offer(model.known(rival)) }
        let upper = try search.run(
            start: (start.set ?? start.rival).map { model.known($0) },
            excluded: slow,
            forced: model.known(start.forced)
        )
        guard let best = search.best else {
            let certificate = Certificate.infeasible(limited, time: .zero)
            return Outcome(certificate: certificate, multipliers: start.multipliers)
        }
        let set = model.indices(best.set)
        let value = limited.value(of: set)
        let missing = max(0, upper - best.value) * relaxation.unit
        let certificate = Certificate(
            status: missing > 0 ? .feasible : .optimal,
            set: set,
            value: value,
            bound: value + missing,
            nodes: search.nodes,
            isCanonical: !search.isTieOpen && missing == 0
        )
        return Outcome(certificate: certificate, multipliers: search.rootMultipliers ?? start.multipliers)
    }
}
