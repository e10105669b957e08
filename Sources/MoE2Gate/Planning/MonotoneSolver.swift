import MoE2Core
import MoE2Selection
import Synchronization

/// Proves the best active set with the monotone optimizer, starting from the answer to the last problem with these limits.
final class MonotoneSolver: PlanSolver {
    /// What makes a problem the successor of one before it.
    private struct Key: Hashable {
        var energy: Energy?
        var latency: Duration?
        var teamSize: Int
    }

    /// More answers than this are not remembered.
    private static let memory = 64

    private let answers = Mutex<[Key: [ExpertID]]>([:])

    init() {}

    func solve(_ problem: PlanProblem, deadline: Duration) -> PlanSolution {
        let clock = ContinuousClock()
        let began = clock.now
        let key = Key(energy: problem.energyLimit, latency: problem.latencyLimit, teamSize: problem.teamSize)
        let last = answers.withLock { $0[key] } ?? []
        let options = SolveOptions(
            now: { clock.now - began },
            deadline: deadline,
            start: last.compactMap { name in problem.candidates.firstIndex { $0.expert == name } }
        )
        let certificate: Certificate
        do throws(SelectionError) {
            certificate = SelectionSolver(options).solve(try Self.selection(problem))
        } catch {
            return PlanSolution(members: [], status: .infeasible, quality: 0, bound: 0, binding: [error.field])
        }
        let members = certificate.set.map { problem.candidates[$0].expert }
        answers.withLock { answers in
            if answers.count >= Self.memory { answers.removeAll() }
            answers[key] = members
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
