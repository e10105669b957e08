import MoE2Core
import MoE2Costs

/// Builds a batch's problem out of the fleet, the scores and the costs.
struct BatchProblems: Sendable {
    let hub: FleetHub
    let scorers: ScorerBoard
    let costs: CostBook
    let breakers: BreakerBoard
    let settings: EngineSettings

    /// Whether `expert` takes lines now.
    func availability(of expert: ExpertID) -> BatchAvailability {
        for status in hub.hosts() where status.state == .up {
            guard let capacity = status.report.experts.first(where: { $0.expert == expert }), capacity.state == .ready
            else { continue }
            return breakers.wouldAdmit(expert) ? .ready(slots: max(1, capacity.slots)) : .failing
        }
        return .away
    }

    /// The experts that take lines now, by name.
    func readyExperts() -> [(expert: Expert, host: HostStatus, capacity: ExpertCapacity)] {
        hub.hosts().filter { $0.state == .up }.flatMap { status in
            status.experts.compactMap { expert in
                status.report.experts.first { $0.expert == expert.id && $0.state == .ready }
                    .map { (expert, status, $0) }
            }
        }.sorted { $0.0.id < $1.0.id }
    }

    /// A problem without lines for the experts that are ready.
    func problem(for ready: [(expert: Expert, host: HostStatus, capacity: ExpertCapacity)]) -> BatchProblem {
        BatchProblem(experts: ready.map { BatchProblem.Candidate(id: $0.expert.id, slots: max(1, $0.capacity.slots)) })
    }

    /// Adds a row for `query`.
    func append(
        _ query: Query,
        to problem: inout BatchProblem,
        _ ready: [(expert: Expert, host: HostStatus, capacity: ExpertCapacity)]
    ) {
        let category = query.category ?? settings.defaultCategory
        let scores = scorers.scorer.scores(prompt: query.prompt, category: category, of: ready.map(\.expert))
        // An expert that was never calibrated ranks behind those that were.
        let floor = (scores.values.min() ?? 0) - 1
        let promptTokens = costs.promptTokens(of: query.messages)
        for (expert, host, capacity) in ready {
            let cost = costs.estimate(
                ShardProspect(
                    expert: expert,
                    host: host,
                    capacity: capacity,
                    category: category,
                    promptTokens: promptTokens,
                    maxTokens: query.decoding.maxTokens,
                    // A batch keeps its hosts busy: they wake once for all of it.
                    hostIsAwake: true
                )
            )
            let counted = costs.promptTokens(promptTokens, for: expert.id, task: .generate)
            let fits = expert.contextLength == 0 || counted <= expert.contextLength
            let isWanted = query.expert == nil || query.expert == expert.id
            problem.scores.append(fits && isWanted ? Float(scores[expert.id] ?? floor) : -.infinity)
            problem.seconds.append(Float(cost.latency.seconds))
            // The limit is on the sum of the lines.
            problem.joules.append(Float(cost.meanEnergy.joules))
        }
    }
}
