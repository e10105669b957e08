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
        // The active set answers most queries: what the rest of the fleet would cost is asked only if it cannot, or if somebody
        // wants to know.
        var options: [TeamOption] = []
        if let plan, Self.isBinding(plan, progress.query), !progress.query.explain {
            options = self.options(progress, plan: plan, scorer: scorer, isMembersOnly: true)
        }
        if !options.contains(where: { $0.obstacle == nil }) {
            options = self.options(progress, plan: plan, scorer: scorer, isMembersOnly: false)
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

    /// Whether the experts of `plan` are preferred to others.
    private static func isBinding(_ plan: Plan, _ query: Query) -> Bool {
        query.expert == nil && plan.status != .infeasible
    }

    private func lane(_ expert: ExpertID, _ progress: QueryProgress) -> CostLane {
        CostLane(expert: expert, task: Self.task(progress.query), category: progress.category)
    }

    private static func task(_ query: Query) -> Shard.Task { query.mode == .choice ? .scoreChoices : .generate }

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

    /// - Parameter isMembersOnly: Whether only the experts of the plan's active set are looked at.
    private func options(
        _ progress: QueryProgress,
        plan: Plan?,
        scorer: any ExpertScorer,
        isMembersOnly: Bool
    ) -> [TeamOption] {
        let query = progress.query
        let members = plan.flatMap { Self.isBinding($0, query) ? Set($0.activeSet) : nil }
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
        var outsiders: [Int] = []
        for status in hosts {
            let isAwake = status.experts.contains { (loads[$0.id]?.running ?? 0) > 0 }
            for expert in status.experts {
                let isOutsider = members.map { !$0.contains(expert.id) } ?? false
                if isOutsider, isMembersOnly { continue }
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
                            task: Self.task(query),
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
                if isOutsider { outsiders.append(options.count) }
                options.append(option)
            }
        }
        keepOut(outsiders, of: &options, plan)
        return options
    }

    /// Experts outside the active set are used only when nobody in it can be: the plan is about to be replaced then, and
    /// until it is, an answer within the query's own budgets is better than none.
    private func keepOut(_ outsiders: [Int], of options: inout [TeamOption], _ plan: Plan?) {
        let set = Set(outsiders)
        guard let plan,
            options.indices.contains(where: {
                !set.contains($0) && (options[$0].obstacle == nil || options[$0].isOnlyBusy)
            })
        else { return }
        for index in outsiders where options[index].obstacle == nil || options[index].isOnlyBusy {
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
