/// Finds the best feasible set and proves it.
public struct SelectionSolver {
    /// What ``Certificate/marginal`` adds to each limit.
    public static let latencyStep = Milliseconds(10)

    private let options: SolveOptions

    /// A solver that follows `options`.
    public init(_ options: SolveOptions) { self.options = options }

    /// The best set for `problem`, or the best found in time with a bound on what was missed.
    public func solve(_ problem: SelectionProblem) -> Certificate {
        let began = options.now()
        guard let model = Model(feasiblePartOf: problem) else {
            return .infeasible(problem, time: options.now() - began)
        }
        let interrupt = Interrupt(options, since: began)
        var certificate: Certificate
        do throws(Interrupted) {
            let prepared = try PreparedProblem(model, interrupt)
            let start = PreparedProblem.Start(set: options.start)
            certificate = prepared.solve(under: problem.limits, options, interrupt, start: start).certificate
        } catch {
            certificate = .interrupted(model, start: options.start, time: .zero)
        }
        certificate.time = options.now() - began
        guard certificate.status != .infeasible else { return certificate }
        // Who gave up does not wait for it.
        if !interrupt.isCancelled {
            certificate.binding = BindingReport(problem, at: certificate.set).limits(of: problem)
        }
        if options.marginals, certificate.status == .optimal {
            certificate.marginal = marginals(problem, certificate, since: began)
        }
        return certificate
    }

    /// What a little more of every limit would buy, each proved by a solve that starts from the answer; a limit whose
    /// solve would take much longer than the answer did is left out.
    private func marginals(_ problem: SelectionProblem, _ answer: Certificate, since began: Duration) -> [Limit: Double]
    {
        var result: [Limit: Double] = [:]
        for (limit, loosened) in Self.loosened(problem.limits) {
            let patience = max(.milliseconds(50), answer.time * 4)
            let left = options.deadline.map { $0 - (options.now() - began) } ?? patience
            guard left > .zero else { return result }
            var quick = options
            quick.marginals = false
            quick.deadline = min(left, patience)
            quick.start = answer.set
            let better = SelectionSolver(quick).solve(SelectionProblem(problem, limits: loosened))
            if better.status == .optimal { result[limit] = max(0, better.value - answer.value) }
        }
        return result
    }

    private static func loosened(_ limits: SelectionLimits) -> [(Limit, SelectionLimits)] {
        var result: [(Limit, SelectionLimits)] = []
        func add(_ limit: Limit, _ change: (inout SelectionLimits) -> Void) {
            var changed = limits
            change(&changed)
            result.append((limit, changed))
        }
        if let energy = limits.energy { add(.energy) { $0.energy = Joules(energy.value + 1) } }
        if let power = limits.power { add(.power) { $0.power = Watts(power.value + 1) } }
        if let count = limits.maximumExperts { add(.maximumExperts) { $0.maximumExperts = count + 1 } }
        for (category, latency) in limits.latency.sorted(by: { $0.key < $1.key }) {
            add(.latency(category: category)) {
                $0.latency[category] = Milliseconds(latency.value + latencyStep.value)
            }
        }
        return result
    }
}
