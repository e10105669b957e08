/// Looks at every set: the reference that the solver is tested against.
public struct BruteForce {
    /// The largest problem that is enumerated.
    public static let maximumExperts = 22

    private let options: SolveOptions

    /// A brute-force solver that follows the deadline of `options`.
    public init(_ options: SolveOptions) { self.options = options }

    /// The best set of `problem`.
    /// - Throws: ``SelectionError`` when there are too many experts.
    public func solve(_ problem: SelectionProblem) throws(SelectionError) -> Certificate {
        guard problem.experts.count <= Self.maximumExperts else {
            throw SelectionError(
                field: "experts",
                "\(problem.experts.count) are too many to enumerate; use at most \(Self.maximumExperts) or the method brb"
            )
        }
        let began = options.now()
        let interrupt = Interrupt(options)
        let feasibility = Feasibility(problem)
        var best: (set: [Int], value: Double)?
        var nodes = 0
        var isCut = false
        for bits in 1..<max(1 << problem.experts.count, 1) {
            if nodes >= interrupt.nodeLimit || (bits & 255 == 0 && interrupt.isDue) {
                isCut = true
                break
            }
            nodes += 1
            let set = problem.experts.indices.filter { bits >> $0 & 1 == 1 }
            guard feasibility.isFeasible(set) else { continue }
            let value = problem.value(of: set)
            guard let known = best else {
                best = (set, value)
                continue
            }
            let isTie = abs(value - known.value) <= 1e-12 * max(1, abs(known.value))
            if isTie ? precedes(set, known.set, problem) : value > known.value { best = (set, value) }
        }
        guard let best else {
            var certificate = Certificate.infeasible(problem, time: options.now() - began)
            certificate.nodes = nodes
            return certificate
        }
        let all = problem.value(of: problem.present)
        var certificate = Certificate(
            status: isCut && all > best.value ? .feasible : .optimal,
            set: best.set,
            value: best.value,
            bound: isCut ? max(all, best.value) : best.value,
            nodes: nodes,
            isCanonical: !isCut
        )
        certificate.time = options.now() - began
        certificate.binding = BindingReport(problem, at: best.set).limits(of: problem)
        return certificate
    }

    /// The tie rule: less energy, fewer experts, earlier names.
    private func precedes(_ left: [Int], _ right: [Int], _ problem: SelectionProblem) -> Bool {
        let (a, b) = (problem.energy(of: left).value, problem.energy(of: right).value)
        if abs(a - b) > 1e-9 * max(a, b) { return a < b }
        if left.count != right.count { return left.count < right.count }
        return left.map { problem.experts[$0].id }.sorted()
            .lexicographicallyPrecedes(right.map { problem.experts[$0].id }.sorted())
    }
}
