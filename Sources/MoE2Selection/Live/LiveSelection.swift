/// Keeps the best set of a fleet that changes, with its proof, doing only the work that a change calls for.
///
/// - A change that cannot alter the answer (an expert that is not selected leaves, a tighter budget is still met, …) reuses the
///   certificate, without a look at the scores.
/// - When all sets that are new or cheaper hold one of a few experts (a newcomer, an expert that became cheaper), only these sets are
///   searched, against the set in force.
/// - Any other change is solved again with the converted scores of the last time, starting from the set in force.
///
/// The answer is always the one that a fresh solve gives, up to the stated tolerances. Not safe for use by several threads at once.
public final class LiveSelection {
    /// What an answer took.
    public enum Work: String, Sendable {
        /// The certificate of the last answer holds.
        case reused
        /// Only sets with certain experts were searched.
        case extended
        /// All sets were searched, from what the last solve left.
        case warm
        /// All sets were searched.
        case cold
    }

    /// The problem as the fleet is now. Experts that left keep their columns for a while: they may come back.
    public private(set) var problem: SelectionProblem
    /// The answer to it.
    public private(set) var certificate: Certificate
    /// What the answer took.
    public private(set) var work = Work.cold

    /// The index of every expert by its name, of those that left too.
    private var known: [String: Int] = [:]
    private var prepared: PreparedProblem?
    private var multipliers: Multipliers?
    private var binding: BindingReport?
    /// More experts than this are searched together with all others.
    private static let maximumEntering = 2

    /// Solves `problem`. Marginal values are not worked out.
    public init(_ problem: SelectionProblem, _ options: SolveOptions) {
        self.problem = problem
        certificate = Certificate(status: .infeasible, set: [], value: 0, bound: 0)
        solveAfresh(options, Interrupt(options))
    }

    /// The names of the selected experts, ascending.
    public var selected: [String] { certificate.set.map { problem.experts[$0].id }.sorted() }

    /// Takes up the fleet as it is now. `scores` is asked for the scores, one a prompt, of an expert that is not known by its name.
    /// - Throws: ``SelectionError`` that names what is wrong; nothing has changed then.
    @discardableResult
    public func update(
        to fleet: SelectionFleet,
        options: SolveOptions,
        scores: (String) -> [Double]? = { _ in nil }
    ) throws(SelectionError) -> Certificate {
        let began = options.now()
        let old = problem
        try replaceFleet(fleet, scores)
        resolve(from: old, options, Interrupt(options, since: began))
        certificate.time = options.now() - began
        return certificate
    }

    private func replaceFleet(
        _ fleet: SelectionFleet,
        _ scores: (String) -> [Double]?
    ) throws(SelectionError) {
        var experts = problem.experts
        var isThere = [Bool](repeating: false, count: experts.count)
        var newcomers: [[Double]] = []
        for expert in fleet.experts {
            if let index = known[expert.id] {
                guard !isThere[index] else {
                    throw SelectionError(field: "experts", "'\(expert.id)' is there twice")
                }
                isThere[index] = true
                experts[index] = expert
            } else if let column = scores(expert.id) {
                newcomers.append(column)
                experts.append(expert)
                isThere.append(true)
            } else {
                throw SelectionError(
                    field: "scores",
                    "'\(expert.id)' is new and has no scores; give one for each prompt"
                )
            }
        }
        let absent = Set(isThere.indices.filter { !isThere[$0] })
        try problem.replaceFleet(fleet, experts: experts, absent: absent, newcomers: newcomers)
        for index in experts.indices.suffix(newcomers.count) { known[experts[index].id] = index }
    }

    private func resolve(from old: SelectionProblem, _ options: SolveOptions, _ interrupt: Interrupt) {
        guard certificate.status != .infeasible, let prepared, problem.absent.count <= 8 + problem.experts.count / 2
        else { return solveAfresh(options, interrupt) }
        let change = FleetChange(from: old, to: problem, best: certificate.set)
        // Where ties were not followed to their end, a dearer best set is still one of the best.
        let holds = certificate.status == .optimal && !(change.isBestDearer && certificate.isCanonical)
        let canExtend =
            holds && !change.isGeneral && change.entering.count <= Self.maximumEntering
            && Feasibility(problem).isFeasible(certificate.set)
        if canExtend, change.entering.isEmpty { return reuse() }
        guard let model = Model(feasiblePartOf: problem) else { return solveAfresh(options, interrupt) }
        do throws(Interrupted) {
            if try !prepared.adopt(model, interrupt) { multipliers = nil }
        } catch {
            return giveUp(model, start: certificate.set.filter { !problem.absent.contains($0) })
        }
        if canExtend {
            extend(prepared, change.entering, options, interrupt)
        } else {
            solveWarm(prepared, options, interrupt)
        }
    }

    private func reuse() {
        work = .reused
        certificate.nodes = 0
        certificate.marginal = [:]
        certificate.binding = binding?.limits(of: problem) ?? []
    }

    /// Searches the sets that hold one of `entering`; all others are no better than the set in force.
    private func extend(
        _ prepared: PreparedProblem,
        _ entering: [Int],
        _ options: SolveOptions,
        _ interrupt: Interrupt
    ) {
        work = .extended
        var nodes = 0
        var bound = certificate.bound
        var isCanonical = certificate.isCanonical
        var best = certificate
        for expert in entering where prepared.experts.contains(expert) {
            let outcome = prepared.solve(
                under: problem.limits,
                options,
                interrupt,
                start: PreparedProblem.Start(multipliers: multipliers, forced: [expert], rival: best.set)
            )
            best = outcome.certificate
            nodes += best.nodes
            bound = max(bound, best.bound)
            isCanonical = isCanonical && best.isCanonical
        }
        best.nodes = nodes
        best.bound = max(bound, best.value)
        best.status = best.bound > best.value ? .feasible : .optimal
        best.isCanonical = isCanonical
        take(best)
    }

    private func solveWarm(_ prepared: PreparedProblem, _ options: SolveOptions, _ interrupt: Interrupt) {
        work = .warm
        let outcome = prepared.solve(
            under: problem.limits,
            options,
            interrupt,
            start: PreparedProblem.Start(set: certificate.set.filter { !problem.absent.contains($0) })
        )
        multipliers = outcome.multipliers
        take(outcome.certificate)
    }

    private func solveAfresh(_ options: SolveOptions, _ interrupt: Interrupt) {
        work = .cold
        dropAbsent()
        let began = options.now()
        multipliers = nil
        prepared = nil
        defer { certificate.time = options.now() - began }
        guard let model = Model(feasiblePartOf: problem) else {
            binding = nil
            return take(.infeasible(problem, time: .zero))
        }
        do throws(Interrupted) {
            // A few newcomers find room beside the columns that are there.
            let spare = max(4, problem.experts.count / 8)
            let prepared = try PreparedProblem(model, spare: spare, interrupt)
            self.prepared = prepared
            let outcome = prepared.solve(under: problem.limits, options, interrupt)
            multipliers = outcome.multipliers
            take(outcome.certificate)
        } catch {
            giveUp(model, start: nil)
        }
    }

    /// There was no time to convert the scores: the next update starts afresh.
    private func giveUp(_ model: Model, start: [Int]?) {
        work = .cold
        prepared = nil
        multipliers = nil
        take(.interrupted(model, start: start, time: .zero))
    }

    /// Frees the columns of experts that are gone.
    private func dropAbsent() {
        if !problem.absent.isEmpty { problem.dropAbsent() }
        known = Dictionary(uniqueKeysWithValues: problem.experts.enumerated().map { ($1.id, $0) })
    }

    private func take(_ answer: Certificate) {
        certificate = answer
        guard answer.status != .infeasible else { return }
        let report = BindingReport(problem, at: answer.set)
        certificate.binding = report.limits(of: problem)
        binding = report
    }
}
