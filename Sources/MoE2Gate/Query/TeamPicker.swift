import MoE2Core
import MoE2Costs

/// Builds the options for one query out of the fleet, the plan, the scores and the costs, and picks the team.
final class TeamPicker: Sendable {
    /// How long a query that may queue waits for an expert to come back.
    static let recoveryWait = Duration.seconds(10)
    /// An expert that left longer ago than this is not waited for.
    static let recoveryWindow = Duration.seconds(30)
    private static let recoveryPoll = Duration.milliseconds(50)
    /// Bytes of an option that a token stands for, about.
    private static let bytesPerToken = 4

    let hub: FleetHub
    let plans: PlanBoard
    let scorers: ScorerBoard
    let costs: CostBook
    let breakers: BreakerBoard
    let board: SettingsBoard
    let now: @Sendable () -> Duration

    init(
        hub: FleetHub,
        plans: PlanBoard,
        scorers: ScorerBoard,
        costs: CostBook,
        breakers: BreakerBoard,
        board: SettingsBoard,
        now: @escaping @Sendable () -> Duration
    ) {
        self.hub = hub
        self.plans = plans
        self.scorers = scorers
        self.costs = costs
        self.breakers = breakers
        self.board = board
        self.now = now
    }

    var settings: EngineSettings { board.settings }

    /// The team for what is left of the query. When nobody can answer at present but somebody could a moment ago, a query
    /// that may queue waits for the fleet to recover.
    /// - Throws: `resourceExhausted` with the smallest budgets that would do; `unavailable` when nobody can answer;
    ///   `CancellationError`.
    func pick(_ progress: QueryProgress, size: Int) async throws -> TeamDecision {
        let giveUp = min(now() + Self.recoveryWait, progress.cutOff)
        while true {
            do throws(StatusError) {
                return try pickNow(progress, size: size)
            } catch {
                guard error.code == .unavailable, progress.query.mayQueue, now() < giveUp, mayRecover(progress) else {
                    throw error
                }
            }
            try await Task.sleep(for: Self.recoveryPoll)
        }
    }

    /// The team for what is left of the query, from the fleet as it is.
    /// - Throws: `resourceExhausted` with the smallest budgets that would do; `unavailable` when nobody can answer.
    func pickNow(_ progress: QueryProgress, size: Int) throws(StatusError) -> TeamDecision {
        // A category without a plan of its own is planned for as the default one.
        let plan = plans.plan(for: progress.category) ?? plans.plan(for: settings.defaultCategory)
        let scorer = scorers.scorer
        let limits = TeamLimits(
            energy: progress.energyLeft,
            latency: progress.hasLatencyLimit ? progress.cutOff - now() : nil,
            size: size,
            temperature: scorer.temperature
        )
        let preferred = progress.query.expert == nil ? plan.flatMap { Self.preferred(by: $0) } : nil
        // The active set answers most queries: what the rest of the fleet would cost is asked only if it cannot, or if somebody
        // wants to know.
        var options: [TeamOption] = []
        if let preferred, !progress.query.explain { options = self.options(progress, of: preferred, scorer: scorer) }
        if !options.contains(where: { $0.obstacle == nil }) {
            options = self.options(progress, of: nil, scorer: scorer)
            if let plan, let preferred { Self.keepOut(outsidersOf: preferred, &options, plan) }
        }
        for misfit in TeamSelector.misfits(among: options, limits) {
            costs.refuse(lane(misfit.expert, progress), misfit.cost, energy: limits.energy, latency: limits.latency)
        }
        let decision = try TeamSelector.pick(
            from: options,
            limits: limits,
            plan: plan?.number ?? 0,
            category: progress.category,
            explain: progress.query.explain
        )
        costs.start(decision.team.map { lane($0.expert, progress) })
        return decision
    }

    /// The experts that `plan` prefers to others; nil when it prefers none.
    private static func preferred(by plan: Plan) -> Set<ExpertID>? {
        plan.status == .infeasible ? nil : Set(plan.activeSet)
    }

    private func lane(_ expert: ExpertID, _ progress: QueryProgress) -> CostLane {
        CostLane(expert: expert, task: progress.task, category: progress.category)
    }

    /// The gate's weights of `experts` for the query, renormalised over them.
    func weights(of experts: [ExpertID], for progress: QueryProgress) -> [Double] {
        let scorer = scorers.scorer
        let known = scorer.scores(
            prompt: progress.query.prompt,
            category: progress.category,
            of: hub.hosts().flatMap(\.experts)
        )
        let floor = Self.floor(of: known)
        return TeamSelector.weights(experts.map { known[$0] ?? floor }, temperature: scorer.temperature)
    }

    /// An expert that was never calibrated ranks behind those that were.
    private static func floor(of known: [ExpertID: Double]) -> Double { (known.values.min() ?? 0) - 1 }

    /// Whether an expert that could answer left a moment ago, starts, or is kept away by its breaker.
    private func mayRecover(_ progress: QueryProgress) -> Bool {
        let isWanted = { (expert: Expert) in
            (progress.query.expert ?? expert.id) == expert.id
                && (progress.query.mode != .choice || expert.scoresChoices)
        }
        if hub.departedHosts(within: Self.recoveryWindow).contains(where: { $0.experts.contains(where: isWanted) }) {
            return true
        }
        return hub.hosts().contains { status in
            status.state == .up
                && status.experts.contains { expert in
                    guard isWanted(expert), progress.failed[expert.id] == nil else { return false }
                    let state = status.report.experts.first { $0.expert == expert.id }?.state
                    return state == .starting || (state == .ready && !breakers.wouldAdmit(expert.id))
                }
        }
    }

    /// The experts of the fleet as options; those of `preferred` only, where that is given.
    private func options(
        _ progress: QueryProgress,
        of preferred: Set<ExpertID>?,
        scorer: any ExpertScorer
    ) -> [TeamOption] {
        let query = progress.query
        let hosts = hub.hosts()
        let loads = hub.loads()
        let known = scorer.scores(
            prompt: query.prompt,
            category: progress.category,
            of: hosts.flatMap(\.experts)
        )
        let floor = Self.floor(of: known)
        let promptTokens = costs.promptTokens(of: query.messages)
        var options: [TeamOption] = []
        for status in hosts {
            let isAwake = status.experts.contains { (loads[$0.id]?.running ?? 0) > 0 }
            for expert in status.experts {
                if let preferred, !preferred.contains(expert.id) { continue }
                let load = loads[expert.id]
                let capacity = status.report.experts.first { $0.expert == expert.id }
                var option = TeamOption(
                    expert: expert.id,
                    host: status.host.id,
                    score: known[expert.id] ?? floor,
                    cost: costs.estimate(
                        ShardProspect(
                            expert: expert,
                            host: status,
                            capacity: capacity,
                            category: progress.category,
                            task: progress.task,
                            promptTokens: promptTokens,
                            maxTokens: Self.mostTokens(query),
                            shardsAhead: load?.shardsAhead ?? 0,
                            hostIsAwake: isAwake || capacity.map { $0.busySlots > 0 } ?? false
                        )
                    ),
                    obstacle: obstacle(expert, status, capacity, progress, promptTokens)
                )
                if option.obstacle == nil, !query.mayQueue, let load, load.isBusy {
                    option.obstacle = "all its slots are busy"
                    option.isOnlyBusy = true
                }
                options.append(option)
            }
        }
        return options
    }

    /// Experts outside the active set are used only when nobody in it can be: the plan is about to be replaced then, and
    /// until it is, an answer within the query's own budgets is better than none.
    private static func keepOut(outsidersOf preferred: Set<ExpertID>, _ options: inout [TeamOption], _ plan: Plan) {
        let isOpen = { (option: TeamOption) in option.obstacle == nil || option.isOnlyBusy }
        guard options.contains(where: { preferred.contains($0.expert) && isOpen($0) }) else { return }
        for index in options.indices where !preferred.contains(options[index].expert) && isOpen(options[index]) {
            options[index].obstacle = "not in the active set of plan \(plan.number) (\(plan.reason))"
            options[index].isOnlyBusy = false
        }
    }

    /// The most tokens that a shard of the query writes: scoring writes each option once.
    private static func mostTokens(_ query: Query) -> Int {
        guard query.mode == .choice else { return query.decoding.maxTokens }
        return query.choices.reduce(0) { $0 + $1.utf8.count / bytesPerToken + 1 }
    }

    private func obstacle(
        _ expert: Expert,
        _ status: HostStatus,
        _ capacity: ExpertCapacity?,
        _ progress: QueryProgress,
        _ promptTokens: Int
    ) -> String? {
        let query = progress.query
        if let wanted = query.expert, wanted != expert.id { return "the query asks for '\(wanted)'" }
        if let error = progress.failed[expert.id] { return "failed this query: \(error.message)" }
        guard status.state == .up else { return "host '\(status.host.id)' is \(status.state)" }
        guard let capacity, capacity.state == .ready else {
            let detail = capacity.map { $0.detail.isEmpty ? "" : ": \($0.detail)" } ?? ""
            return "its model server is \(capacity?.state ?? .starting)\(detail)"
        }
        if !breakers.wouldAdmit(expert.id) { return "it failed several times in a row; its circuit breaker is open" }
        if query.mode == .choice, !expert.scoresChoices { return "its model server cannot score choices" }
        let tokens = costs.promptTokens(promptTokens, for: expert.id, task: .generate)
        if expert.contextLength > 0, tokens > expert.contextLength {
            return "its context holds \(expert.contextLength) tokens, the prompt has about \(tokens)"
        }
        return nil
    }
}
