import MoE2Core
import MoE2Selection
import Synchronization

/// Proves the best active set with the monotone optimizer.
///
/// The problem of a category that is followed keeps its converted scores and its certificate: most events of a fleet cost no search, or a
/// small one.
final class MonotoneSolver: PlanSolver {
    private struct Followed {
        var source: ScoreSource
        var temperature: Double
        var teamSize: Int
        var live: LiveSelection
    }

    private let followed = Mutex<[Category: Followed]>([:])

    func solve(_ problem: PlanProblem, deadline: Duration) -> PlanSolution {
        let options = Self.options(deadline, start: problem.incumbent)
        do throws(SelectionError) {
            let selection = try Self.selection(problem)
            let certificate = SelectionSolver(options).solve(selection)
            return Self.solution(certificate, certificate.set, options.now())
        } catch {
            return Self.refused(error)
        }
    }

    func follow(_ problem: PlanProblem, deadline: Duration) -> PlanSolution {
        guard let source = problem.source else { return solve(problem, deadline: deadline) }
        return followed.withLock { followed in
            let options = Self.options(deadline, start: problem.incumbent)
            do throws(SelectionError) {
                let live: LiveSelection
                if let known = followed[source.category], known.source == source,
                    known.temperature == problem.temperature, known.teamSize == problem.teamSize
                {
                    live = known.live
                    try live.update(to: Self.fleet(problem), options: options) { name in
                        problem.candidates.firstIndex { $0.expert.rawValue == name }.map { problem.scores[$0] }
                    }
                } else {
                    live = LiveSelection(try Self.selection(problem), options)
                    followed[source.category] = Followed(
                        source: source,
                        temperature: problem.temperature,
                        teamSize: problem.teamSize,
                        live: live
                    )
                }
                let selected = Set(live.selected)
                let members = problem.candidates.indices.filter {
                    selected.contains(problem.candidates[$0].expert.rawValue)
                }
                return Self.solution(live.certificate, members, options.now())
            } catch {
                followed[source.category] = nil
                return Self.refused(error)
            }
        }
    }

    private static func options(_ deadline: Duration, start: [Int]) -> SolveOptions {
        let clock = ContinuousClock()
        let began = clock.now
        return SolveOptions(now: { clock.now - began }, deadline: deadline, start: start)
    }

    private static func solution(_ certificate: Certificate, _ members: [Int], _ time: Duration) -> PlanSolution {
        PlanSolution(
            members: members,
            status: status(certificate.status),
            quality: certificate.value,
            bound: certificate.bound,
            binding: certificate.binding.map(name),
            nodes: UInt64(certificate.nodes),
            time: time
        )
    }

    private static func refused(_ error: SelectionError) -> PlanSolution {
        PlanSolution(members: [], status: .infeasible, quality: 0, bound: 0, binding: [error.field])
    }

    /// The category that a problem's one latency limit is for.
    private static let category = "query"

    private static func selection(_ problem: PlanProblem) throws(SelectionError) -> SelectionProblem {
        let fleet = fleet(problem)
        return try SelectionProblem(
            scores: try ScoreTable(columns: problem.scores, prompts: problem.scores.first?.count ?? 0),
            temperature: problem.temperature,
            teamSize: max(1, problem.teamSize),
            experts: fleet.experts,
            hosts: fleet.hosts,
            limits: fleet.limits
        )
    }

    private static func fleet(_ problem: PlanProblem) -> SelectionFleet {
        SelectionFleet(
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
            }
            .sorted { $0.id < $1.id },
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
