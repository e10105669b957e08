import Glibc
import MoE2Core
import MoE2Costs
import Synchronization

/// Builds the planner's problem of a category out of the fleet, the costs, the scores and the limits.
final class PlanProblems: Sendable {
    /// Costs are rounded to steps of this many per factor of e, so that a wiggle makes no new problem.
    private static let costSteps = 20.0
    /// The length of a prompt where no calibration prompt tells.
    private static let usualPromptTokens = 64

    /// An expert that a plan may use.
    private struct Usable {
        var expert: Expert
        var status: HostStatus
        var capacity: ExpertCapacity?
    }

    private let hub: FleetHub
    private let costs: CostBook
    private let scorers: ScorerBoard
    private let prompts: CalibrationPrompts
    private let board: SettingsBoard
    private let fleetPower: Power?
    private let maximumExperts: Int?
    private let cache = Mutex<[Category: ScoreColumns]>([:])
    /// The version of the scorer that is prepared for the calibration prompts.
    private let prepared = Mutex<Int?>(nil)

    init(
        hub: FleetHub,
        costs: CostBook,
        scorers: ScorerBoard,
        prompts: CalibrationPrompts,
        board: SettingsBoard,
        fleetPower: Power?,
        maximumExperts: Int?
    ) {
        self.hub = hub
        self.costs = costs
        self.scorers = scorers
        self.prompts = prompts
        self.board = board
        self.fleetPower = fleetPower
        self.maximumExperts = maximumExperts
    }

    var defaultCategory: Category { board.settings.defaultCategory }

    /// The categories that get a plan: the configured ones, the calibrated ones and the default.
    var categories: [Category] {
        let settings = board.settings
        return Set(Array(settings.categories.keys) + prompts.categories + [settings.defaultCategory]).sorted()
    }

    /// Gets what the scorer in force needs to know about the calibration prompts, if it does not have it. Returns whether
    /// their scores have changed.
    func prepareScores() async -> Bool {
        let (version, scorer) = (scorers.version, scorers.scorer)
        guard prepared.withLock({ $0 != version }), await scorer.prepare(planning: prompts.planned),
            let renewed = scorers.renew(version)
        else { return false }
        prepared.withLock { $0 = renewed }
        return true
    }

    /// The problem of `category` as the fleet is now, for a plan that will be in force: experts that it cannot use for their
    /// costs are as good as refused.
    func problem(for category: Category) -> PlanProblem { problem(category, usable([]), isInForce: true) }

    /// The problem of `category` with hosts and experts imagined back and away.
    /// - Throws: `notFound` when a name was never seen.
    func problem(
        for category: Category,
        with: [String],
        without: [String]
    ) throws(StatusError) -> PlanProblem {
        let known = hub.hosts() + hub.departedHosts()
        let names = Set(known.flatMap { [$0.host.id.rawValue] + $0.experts.map(\.id.rawValue) })
        if let unknown = (with + without).first(where: { !names.contains($0) }) {
            throw StatusError(
                .notFound,
                """
                '\(unknown)' is no host or expert that this gate has seen since it started; it has seen: \
                \(names.isEmpty ? "none" : names.sorted().joined(separator: ", "))
                """
            )
        }
        var problem = problem(category, usable(with))
        problem.remove(without)
        return problem
    }

    /// The experts that work, and those of the names in `imagined` that are gone or drained.
    private func usable(_ imagined: [String]) -> [Usable] {
        var usable: [Usable] = []
        var taken: Set<ExpertID> = []
        for status in hub.hosts() + (imagined.isEmpty ? [] : hub.departedHosts()) {
            for expert in status.experts where !taken.contains(expert.id) {
                let capacity = status.report.experts.first { $0.expert == expert.id }
                let works = status.state == .up && capacity?.state == .ready
                guard works || imagined.contains(expert.id.rawValue) || imagined.contains(status.host.id.rawValue)
                else {
                    continue
                }
                taken.insert(expert.id)
                usable.append(Usable(expert: expert, status: status, capacity: capacity))
            }
        }
        return usable
    }

    private func problem(_ category: Category, _ usable: [Usable], isInForce: Bool = false) -> PlanProblem {
        let limits = board.settings.settings(for: category)
        let texts = prompts.prompts(for: category)
        let promptTokens =
            texts.isEmpty
            ? Self.usualPromptTokens
            : texts.reduce(0) { $0 + costs.promptTokens(of: [Message(role: .user, content: $1)]) } / texts.count
        let candidates = usable.map { one in
            let cost = costs.estimate(
                ShardProspect(
                    expert: one.expert,
                    host: one.status,
                    capacity: one.capacity,
                    category: category,
                    promptTokens: promptTokens,
                    maxTokens: Decoding().maxTokens,
                    isForPlan: true
                )
            )
            let candidate = PlanProblem.Candidate(
                expert: one.expert.id,
                host: one.status.host.id,
                energy: .joules(Self.rounded(cost.shardEnergyP90.joules)),
                latency: .milliseconds(clamping: Self.rounded(cost.latencyP90.milliseconds))
            )
            if isInForce { noteRefusal(candidate, cost, category, limits) }
            return candidate
        }
        let hosts = usable.map { one in
            let host = one.status.host
            return (host.id, PlanProblem.HostCost(activation: host.activationEnergy, idle: host.idlePower))
        }
        let (scores, source) = scores(usable.map(\.expert), category, texts)
        return PlanProblem(
            candidates: candidates,
            hosts: Dictionary(hosts, uniquingKeysWith: { first, _ in first }),
            scores: scores,
            temperature: scorers.scorer.temperature,
            teamSize: limits.teamSize,
            energyLimit: limits.energy,
            latencyLimit: limits.latency,
            powerLimit: fleetPower,
            maximumExperts: maximumExperts,
            source: source
        )
    }

    /// Tells the costs when an expert is above the limits all by itself.
    private func noteRefusal(
        _ candidate: PlanProblem.Candidate,
        _ cost: CostEstimate,
        _ category: Category,
        _ limits: CategorySettings
    ) {
        let energy = limits.energy.flatMap { candidate.energy + cost.activation > $0 ? $0 : nil }
        let latency = limits.latency.flatMap { candidate.latency > $0 ? $0 : nil }
        guard energy != nil || latency != nil else { return }
        let lane = CostLane(expert: candidate.expert, task: .generate, category: category)
        costs.refuse(lane, cost, energy: energy, latency: latency)
    }

    private func scores(
        _ experts: [Expert],
        _ category: Category,
        _ texts: [String]
    ) -> (columns: [[Double]], source: ScoreSource) {
        let (version, scorer) = (scorers.version, scorers.scorer)
        var known = cache.withLock { $0[category] } ?? ScoreColumns(category: category, version: version)
        let columns = known.columns(
            of: experts,
            texts: texts.isEmpty ? [""] : texts,
            scorer: scorer,
            version: version
        )
        cache.withLock { $0[category] = known }
        return (columns, known.source)
    }

    private static func rounded(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 0 }
        return exp((log(value) * costSteps).rounded(.up) / costSteps)
    }
}
