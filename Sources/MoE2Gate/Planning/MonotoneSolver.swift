import MoE2Core
import MoE2Selection

/// Proves the best active set with the monotone optimizer, starting from the problem's incumbent.
struct MonotoneSolver: PlanSolver {
    func solve(_ problem: PlanProblem, deadline: Duration) -> PlanSolution {
        let clock = ContinuousClock()
        let began = clock.now
        let options = SolveOptions(
            now: { clock.now - began },
            deadline: deadline,
            start: problem.incumbent
        )
        let certificate: Certificate
        do throws(SelectionError) {
            certificate = SelectionSolver(options).solve(try Self.selection(problem))
        } catch {
            return PlanSolution(members: [], status: .infeasible, quality: 0, bound: 0, binding: [error.field])
        }
        return PlanSolution(
            members: certificate.set,
            status: Self.status(certificate.status),
            quality: certificate.value,
            bound: certificate.bound,
            binding: certificate.binding.map(Self.name),
            nodes: UInt64(certificate.nodes),
            time: clock.now - began
        )
    }

    /// The category that a problem's one latency limit is for.
    private static let category = "query"

    private static func selection(_ problem: PlanProblem) throws(SelectionError) -> SelectionProblem {
        try SelectionProblem(
            scores: try ScoreTable(rows: problem.scores, experts: problem.candidates.count),
            temperature: problem.temperature,
            teamSize: max(1, problem.teamSize),
            experts: problem.candidates.map { candidate in
                SelectionExpert(
                    id: candidate.expert.rawValue,
                    host: candidate.host.rawValue,
                    energy: Joules(candidate.energy.joules),
                    latency: [category: Milliseconds(candidate.latency.milliseconds)]
                )
            },
            hosts: problem.hosts.map { id, cost in
                SelectionHost(
                    id: id.rawValue,
                    activation: Joules(cost.activation.joules),
                    idle: Watts(cost.idle.watts)
                )
            },
            limits: SelectionLimits(
                energy: problem.energyLimit.map { Joules($0.joules) },
                power: problem.powerLimit.map { Watts($0.watts) },
                latency: problem.latencyLimit.map { [category: Milliseconds($0.milliseconds)] } ?? [:],
                maximumExperts: problem.maximumExperts
            )
        )
    }

    private static func status(_ status: Certificate.Status) -> Plan.Status {
        switch status {
        case .optimal: .optimal
        case .feasible: .feasible
        case .infeasible: .infeasible
        }
    }

    private static func name(_ limit: Limit) -> String {
        switch limit {
        case .energy: "energy"
        case .power: "power"
        case .latency: "latency"
        case .maximumExperts: "max_experts"
        case .memory: "memory"
        case .forbidden: "forbidden"
        case .exclusive: "exclusive"
        }
    }
}
