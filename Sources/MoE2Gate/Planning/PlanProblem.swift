import MoE2Core

/// What the planner solves for one category: which experts may its queries use?
struct PlanProblem: Sendable, Equatable {
    /// An expert that could be in the active set.
    struct Candidate: Sendable, Equatable {
        var expert: ExpertID
        var host: HostID
        /// What one of its shards costs, without the activation of its host.
        var energy: Energy
        /// The time that nine of ten of its shards stay under.
        var latency: Duration
    }

    /// A host that carries candidates.
    struct HostCost: Sendable, Equatable {
        var activation: Energy
        var idle: Power
    }

    var candidates: [Candidate]
    var hosts: [HostID: HostCost]
    /// One row a calibration prompt, one column a candidate; larger is better.
    var scores: [[Double]]
    /// The gate's temperature.
    var temperature: Double
    /// The team size k.
    var teamSize: Int
    var energyLimit: Energy?
    var latencyLimit: Duration?
    var powerLimit: Power?
    var maximumExperts: Int?

    /// Takes candidates out, by their own name or their host's.
    mutating func remove(_ names: [String]) {
        let kept = candidates.indices.filter { index in
            !names.contains(candidates[index].expert.rawValue) && !names.contains(candidates[index].host.rawValue)
        }
        candidates = kept.map { candidates[$0] }
        scores = scores.map { row in kept.map { row[$0] } }
    }
}
