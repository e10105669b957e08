import MoE2Core

/// Builds the options for one query out of the fleet, the plan, the scores and the costs, and picks the team.
struct TeamPicker: Sendable {
    let hub: FleetHub
    let plans: PlanBoard
    let scorers: ScorerBoard
    let costs: CostBook
    let breakers: BreakerBoard
    let settings: EngineSettings

    /// The team for what is left of the query.
    /// - Throws: `resourceExhausted` with the smallest budgets that would do; `unavailable` when nobody can answer.
    func pick(_ progress: QueryProgress, size: Int, now: Duration) throws(StatusError) -> TeamDecision {
        let query = progress.query
        let plan = plans.plan(for: progress.category)
        let scorer = scorers.scorer
        let limits = TeamLimits(
            energy: progress.energyLeft,
            latency: progress.hasLatencyLimit ? progress.deadline - now : nil,
            size: size,
            temperature: scorer.temperature
        )
        return try TeamSelector.pick(
            from: options(progress, plan: plan, scorer: scorer),
            limits: limits,
            plan: plan?.number ?? 0,
            category: progress.category,
            explain: query.explain
        )
    }

    private func options(_ progress: QueryProgress, plan: Plan?, scorer: any ExpertScorer) -> [TeamOption] {
        let query = progress.query
        let hosts = hub.hosts()
        let loads = hub.loads()
        let known = scorer.scores(
            prompt: query.prompt,
            category: progress.category,
            of: hosts.flatMap(\.experts)
        )
        // An expert that was never calibrated ranks behind those that were.
        let floor = (known.values.min() ?? 0) - 1
        let promptTokens = costs.promptTokens(of: query.messages)
        return hosts.flatMap { status in
            status.experts.map { expert in
                let load = loads[expert.id]
                let capacity = status.report.experts.first { $0.expert == expert.id }
                let cost = costs.estimate(
                    expert,
                    on: status,
                    capacity: capacity,
                    load: load,
                    category: progress.category,
                    promptTokens: promptTokens,
                    maxTokens: query.decoding.maxTokens
                )
                return TeamOption(
                    expert: expert.id,
                    host: status.host.id,
                    score: known[expert.id] ?? floor,
                    cost: cost,
                    obstacle: obstacle(
                        expert,
                        status: status,
                        capacity: capacity,
                        load: load,
                        plan: plan,
                        progress: progress,
                        promptTokens: promptTokens
                    )
                )
            }
        }
    }

    private func obstacle(
        _ expert: Expert,
        status: HostStatus,
        capacity: ExpertCapacity?,
        load: ExpertLoad?,
        plan: Plan?,
        progress: QueryProgress,
        promptTokens: Int
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
        if expert.contextLength > 0, promptTokens > expert.contextLength {
            return "its context holds \(expert.contextLength) tokens, the prompt has about \(promptTokens)"
        }
        if !query.mayQueue, let load, load.credits == 0 { return "all its slots are busy" }
        if query.expert == nil, let plan, plan.status != .infeasible, !plan.activeSet.contains(expert.id) {
            return "not in the active set of plan \(plan.number) (\(plan.reason))"
        }
        return nil
    }
}
