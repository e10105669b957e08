import Glibc
import MoE2Core
import Synchronization

/// Builds the planner's problem of a category out of the fleet, the costs, the scores and the limits.
final class PlanProblems: Sendable {
    /// Costs are rounded to steps of this many per factor of e, so that a wiggle makes no new problem.
    private static let costSteps = 20.0

    private struct ScoredPrompts: Sendable {
        var experts: [ExpertID]
        var rows: [[ExpertID: Double]]
    }

    private let hub: FleetHub
    private let costs: CostBook
    private let scorers: ScorerBoard
    private let prompts: CalibrationPrompts
    private let settings: EngineSettings
    private let fleetPower: Power?
    private let maximumExperts: Int?
    /// Scores of the calibration prompts do not change while the scorer does not.
    private let cache = Mutex<[Category: ScoredPrompts]>([:])

    init(
        hub: FleetHub,
        costs: CostBook,
        scorers: ScorerBoard,
        prompts: CalibrationPrompts,
        settings: EngineSettings,
        fleetPower: Power?,
        maximumExperts: Int?
    ) {
        self.hub = hub
        self.costs = costs
        self.scorers = scorers
        self.prompts = prompts
        self.settings = settings
        self.fleetPower = fleetPower
        self.maximumExperts = maximumExperts
    }

    var defaultCategory: Category { settings.defaultCategory }

    /// The categories that get a plan: the configured ones, the calibrated ones and the default.
    var categories: [Category] {
        Set(Array(settings.categories.keys) + prompts.categories + [settings.defaultCategory]).sorted()
    }

    /// The problem of `category` as the fleet is now.
    func problem(for category: Category) -> PlanProblem {
        let limits = settings.settings(for: category)
        let usable = hub.hosts().filter { $0.state == .up }.flatMap { status in
            status.experts.compactMap { expert -> (Expert, HostStatus, ExpertCapacity)? in
                guard let capacity = status.report.experts.first(where: { $0.expert == expert.id }),
                    capacity.state == .ready
                else { return nil }
                return (expert, status, capacity)
            }
        }
        let texts = prompts.prompts(for: category)
        let promptTokens = texts.isEmpty ? 64 : texts.reduce(0) { $0 + $1.utf8.count } / (4 * texts.count) + 4
        let candidates = usable.map { expert, status, capacity in
            let cost = costs.estimate(
                expert,
                on: status,
                capacity: capacity,
                load: nil,
                category: category,
                promptTokens: promptTokens,
                maxTokens: Decoding().maxTokens
            )
            return PlanProblem.Candidate(
                expert: expert.id,
                host: status.host.id,
                energy: .joules(Self.rounded(cost.energyP90.joules)),
                latency: .milliseconds(clamping: Self.rounded(cost.latencyP90.milliseconds))
            )
        }
        return PlanProblem(
            candidates: candidates,
            hosts: Dictionary(
                usable.map {
                    (
                        $0.1.host.id,
                        PlanProblem.HostCost(activation: $0.1.host.activationEnergy, idle: $0.1.host.idlePower)
                    )
                },
                uniquingKeysWith: { first, _ in first }
            ),
            scores: scores(usable.map(\.0), category, texts),
            temperature: scorers.scorer.temperature,
            teamSize: limits.teamSize,
            energyLimit: limits.energy,
            latencyLimit: limits.latency,
            powerLimit: fleetPower,
            maximumExperts: maximumExperts
        )
    }

    private func scores(_ experts: [Expert], _ category: Category, _ texts: [String]) -> [[Double]] {
        let names = experts.map(\.id)
        let rows =
            cache.withLock { $0[category].flatMap { $0.experts == names ? $0.rows : nil } }
            ?? fill(experts, category, texts)
        let floor = (rows.flatMap(\.values).min() ?? 0) - 1
        return rows.map { row in names.map { row[$0] ?? floor } }
    }

    private func fill(_ experts: [Expert], _ category: Category, _ texts: [String]) -> [[ExpertID: Double]] {
        let scorer = scorers.scorer
        let rows = (texts.isEmpty ? [""] : texts).map { scorer.scores(prompt: $0, category: category, of: experts) }
        cache.withLock { $0[category] = ScoredPrompts(experts: experts.map(\.id), rows: rows) }
        return rows
    }

    private static func rounded(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 0 }
        return exp((log(value) * costSteps).rounded(.up) / costSteps)
    }
}
