/// The paper's method on a binary grid: outer approximation of the feasible sets by polyblocks (Tuy, Minoux, Hoai-Phuong,
/// SIAM J. Optim. 17, 2006).
///
/// Every vertex stands for all its subsets. The vertex with the largest value is looked at: when it is feasible it is optimal;
/// otherwise a largest feasible set below it, and one expert more, make an infeasible cover, and the vertex is replaced by those that
/// lack one expert of the cover each. A reference for comparison: its bound is only the value of a vertex.
public struct Polyblock {
    /// More vertices than this are not kept.
    public static let maximumVertices = 200_000

    private let options: SolveOptions

    /// A polyblock solver that follows `options`.
    public init(_ options: SolveOptions) { self.options = options }

    /// The best set of `problem`, or the best found in time with a bound on what was missed. Ties are not broken by rule.
    public func solve(_ problem: SelectionProblem) -> Certificate {
        let began = options.now()
        guard let model = Model(feasiblePartOf: problem) else {
            return .infeasible(problem, time: options.now() - began)
        }
        let interrupt = Interrupt(options)
        let usage = Usage(model)
        var queue = NodeQueue()
        var seen: Set<ExpertSet> = []
        var best: (set: ExpertSet, value: Double)?
        var nodes = 0
        func value(_ set: ExpertSet) -> Double { problem.value(of: model.indices(set)) }
        func push(_ set: ExpertSet) {
            guard !set.isEmpty, seen.insert(set).inserted else { return }
            queue.push(
                Node(included: model.required, free: set, low: 0, high: 0, bound: value(set), multipliers: nil)
            )
        }
        push(ExpertSet(capacity: model.count, 0..<model.count))
        while let vertex = queue.pop() {
            if let best, vertex.bound <= best.value { break }
            if nodes >= min(interrupt.nodeLimit, Self.maximumVertices) || (nodes > 0 && interrupt.isDue) {
                queue.push(vertex)
                break
            }
            nodes += 1
            let (below, blocked) = largestFeasible(vertex.free, model, usage)
            if !below.isEmpty {
                let found = value(below)
                if found > best?.value ?? -.infinity { best = (below, found) }
            }
            guard let blocked else { break }
            for member in cover(below, blocked, model, usage).members where !model.required.contains(member) {
                var smaller = vertex.free
                smaller.remove(member)
                push(smaller)
            }
        }
        guard let best else { return .infeasible(problem, time: options.now() - began) }
        let bound = max(queue.bound, best.value)
        var certificate = Certificate(
            status: bound > best.value ? .feasible : .optimal,
            set: model.indices(best.set),
            value: best.value,
            bound: bound,
            nodes: nodes,
            isCanonical: false
        )
        certificate.time = options.now() - began
        certificate.binding = BindingReport(problem, at: certificate.set).limits(of: problem)
        return certificate
    }

    /// A feasible subset to which no expert of `set` can be added, and one that cannot; nil when `set` is feasible.
    private func largestFeasible(_ set: ExpertSet, _ model: Model, _ usage: Usage) -> (ExpertSet, Int?) {
        usage.reset(to: model.required)
        var result = model.required
        var blocked: Int?
        for member in set.members where !result.contains(member) {
            if usage.fits(member) {
                usage.add(member)
                result.insert(member)
            } else {
                blocked = blocked ?? member
            }
        }
        return (result, blocked)
    }

    /// An infeasible subset of `below` and `blocked` that is feasible without any one of its experts.
    private func cover(_ below: ExpertSet, _ blocked: Int, _ model: Model, _ usage: Usage) -> ExpertSet {
        var cover = below
        cover.insert(blocked)
        for member in below.members where !model.required.contains(member) {
            cover.remove(member)
            if usage.isWithinLimits(cover) { cover.insert(member) }
        }
        return cover
    }
}
