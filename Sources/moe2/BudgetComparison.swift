import MoE2Gating

/// Runs every method under every budget of a budget file.
///
/// A set costs the sum of its members' energies and the largest of their latencies. Routers may choose among all experts
/// that fit alone; mixtures ask a fixed set that fits as a whole. MoE² plans one set for every team size and takes the pair
/// that did best on the planning prompts.
struct BudgetComparison {
    /// Random sets a level, of which the mean is reported.
    static let randomSets = 20

    let file: BudgetFile
    let evaluator: Evaluator
    /// The same pool on the prompts by which MoE² chooses set and team size, which no number is reported on. `nil`: it
    /// chooses by the quality that the scores of the reported prompts promise, without their outcomes.
    let planning: Evaluator?
    let model: GateModel

    private static let routers: [MethodName] = [.bestSingle, .route, .neighbours, .logistic, .random, .oracle]

    func levels() throws -> [BudgetLevelReport] {
        let scores = (planning ?? evaluator).scores
        // How a choice does on the planning prompts does not depend on the budget.
        var known: [BudgetedSelection.Choice: Double] = [:]
        return try file.levels.map { level in
            try report(level, scores: scores) { choice in
                if let loss = known[choice] { return loss }
                let loss = plannedLoss(choice, scores)
                known[choice] = loss
                return loss
            }
        }
    }

    /// What `choice` loses on the planning prompts: nats, or 1 − quality for free text; without such prompts the planner's
    /// quality, negated.
    private func plannedLoss(_ choice: BudgetedSelection.Choice, _ scores: [[Double]]) -> Double {
        let members = choice.set.map { evaluator.pool[$0] }
        guard let results = planning?.results(.moe2, members: members, k: choice.teamSize) else {
            return -scores.reduce(0) {
                $0
                    + GateWeights.quality(
                        $1,
                        of: choice.set,
                        k: choice.teamSize,
                        temperature: model.temperature
                    )
            }
        }
        let (accuracy, nll) = SubsetReport.means(results)
        return nll ?? 1 - accuracy
    }

    private func report(
        _ level: BudgetFile.Level,
        scores: [[Double]],
        loss: (BudgetedSelection.Choice) -> Double
    ) throws -> BudgetLevelReport {
        let selection = BudgetedSelection(
            costs: evaluator.pool.map { file.costs[model.experts[$0]] },
            energyJ: level.energyJ,
            latencyMs: level.latencyMs
        )
        let accuracy = { (position: Int) in model.baselines.accuracies[evaluator.pool[position]] }
        let singles = selection.singles
        let choice = try selection.choices(scores: scores, temperature: model.temperature)
            .map { (choice: $0, loss: loss($0)) }.min { $0.loss < $1.loss }?.choice
        let chosen = choice?.set ?? []
        // What asks a whole set gets the part of MoE²'s that fits as a whole, its best experts first.
        let whole = selection.fill(chosen.sorted { accuracy($0) > accuracy($1) })
        let cheapest = selection.fill(singles.sorted { selection.energy([$0]) < selection.energy([$1]) })
        let greedy = selection.fill(
            singles.sorted {
                accuracy($0) / max(selection.energy([$0]), 1e-9) > accuracy($1) / max(selection.energy([$1]), 1e-9)
            }
        )
        var methods: [String: MethodReport] = [:]
        for router in Self.routers {
            methods[router.rawValue] = measure(router, singles)
        }
        methods[MethodName.moe2.rawValue] = measure(.moe2, chosen, k: choice?.teamSize)
        methods[MethodName.staticMixture.rawValue] = measure(.staticMixture, whole)
        methods[MethodName.selectLLM.rawValue] = measure(.selectLLM, whole)
        methods[MethodName.uniform.rawValue] = measure(.uniform, cheapest)
        methods["greedy"] = measure(.uniform, greedy)
        methods["greedy_mixed"] = measure(.moe2, greedy)
        methods["top_k"] = measure(.moe2, singles, k: selection.largestTeam)
        methods["random_subset"] = random(selection)
        return BudgetLevelReport(
            name: level.name,
            energyJ: level.energyJ,
            latencyMs: level.latencyMs,
            selected: names(chosen),
            teamSize: choice?.teamSize,
            affordable: names(singles),
            sets: ["moe2": names(chosen), "uniform": names(cheapest), "greedy": names(greedy)],
            costs: [
                "moe2": selection.energy(chosen, teamSize: choice?.teamSize), "uniform": selection.energy(cheapest),
                "greedy": selection.energy(greedy),
            ],
            methods: methods
        )
    }

    private func names(_ positions: [Int]) -> [String] { positions.map { model.experts[evaluator.pool[$0]] } }

    private func measure(_ method: MethodName, _ positions: [Int], k: Int? = nil) -> MethodReport? {
        evaluator.results(method, members: positions.map { evaluator.pool[$0] }, k: k).map { MethodReport(Metrics($0)) }
    }

    /// Random sets, each filled up while it fits, answered by the gate: what selection alone is worth.
    private func random(_ selection: BudgetedSelection) -> MethodReport? {
        var random = SplitMix64(seed: 17)
        var sums: [PromptResult] = []
        for _ in 0..<Self.randomSets {
            let set = selection.fill(selection.singles.shuffled(using: &random))
            guard let results = evaluator.results(.moe2, members: set.map { evaluator.pool[$0] }) else { return nil }
            sums = sums.isEmpty ? results : zip(sums, results).map { $0 + $1 }
        }
        return MethodReport(Metrics(sums.map { $0 / Double(Self.randomSets) }))
    }
}
