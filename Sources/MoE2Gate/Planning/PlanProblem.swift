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
    /// One column a candidate, with one number a calibration prompt; larger is better.
    var scores: [[Double]]
    /// The gate's temperature.
    var temperature: Double
    /// The team size k.
    var teamSize: Int
    var energyLimit: Energy?
    var latencyLimit: Duration?
    var powerLimit: Power?
    var maximumExperts: Int?
    /// A set to start from, as indices of candidates: a solver that uses it finds the best set sooner. Empty when there
    /// is none.
    var incumbent: [Int] = []
    /// Where the scores come from; nil when they were put together by hand.
    var source: ScoreSource?

    /// Q of the set `members`.
    func quality(_ members: [Int]) -> Double {
        PlanQuality.value(scores, members: members, teamSize: teamSize, temperature: temperature)
    }

    /// The limit that the set `members` breaks; nil when it stays within all of them. `slack` above 1 loosens the limits
    /// that depend on costs.
    func violatedLimit(_ members: [Int], slack: Double = 1) -> String? {
        let set = members.map { candidates[$0] }
        if let limit = maximumExperts, set.count > limit { return "max_experts" }
        if let limit = latencyLimit, set.contains(where: { $0.latency > limit * slack }) { return "latency" }
        if let limit = energyLimit, energy(members).joules > limit.joules * slack { return "energy" }
        let idle = Set(set.map(\.host)).reduce(0) { $0 + (hosts[$1]?.idle.watts ?? 0) }
        if let limit = powerLimit, idle > limit.watts { return "power" }
        return nil
    }

    /// The most that a query may cost whichever team of the set the gate picks: the activation of all its hosts and the k
    /// dearest shards.
    func energy(_ members: [Int]) -> Energy {
        let set = members.map { candidates[$0] }
        let shards = set.map(\.energy.joules).sorted(by: >).prefix(max(1, teamSize)).reduce(0, +)
        return .joules(Set(set.map(\.host)).reduce(shards) { $0 + (hosts[$1]?.activation.joules ?? 0) })
    }

    /// Takes candidates out, by their own name or their host's.
    mutating func remove(_ names: [String]) {
        let kept = candidates.indices.filter { index in
            !names.contains(candidates[index].expert.rawValue) && !names.contains(candidates[index].host.rawValue)
        }
        incumbent = []
        candidates = kept.map { candidates[$0] }
        scores = kept.map { scores[$0] }
    }
}
