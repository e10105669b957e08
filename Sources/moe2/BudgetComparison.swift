import MoE2Gating

/// Runs every method under every budget of a budget file.
///
/// A set costs the sum of its members' energies and the largest of their latencies. Routers may choose among all experts
/// that fit alone; mixtures ask a fixed set that fits as a whole.
struct BudgetComparison {
    /// Random sets a level, of which the mean is reported.
    static let randomSets = 20

    let file: BudgetFile
    let evaluator: Evaluator
    let model: GateModel

    private static let routers: [MethodName] = [.bestSingle, .route, .neighbours, .logistic, .random, .oracle]

    func levels() -> [BudgetLevelReport] {
        // The planned quality of a set does not depend on the budget.
        var known: [[Int]: Double] = [:]
        return file.levels.map { level in
            report(level) { positions in
                if let value = known[positions] { return value }
                let value = evaluator.plannedQuality(positions.map { evaluator.pool[$0] })
                known[positions] = value
                return value
            }
        }
    }

    private func report(_ level: BudgetFile.Level, quality: ([Int]) -> Double) -> BudgetLevelReport {
        let selection = BudgetedSelection(
            costs: evaluator.pool.map { file.costs[model.experts[$0]] },
            energyJ: level.energyJ,
            latencyMs: level.latencyMs
        )
        let accuracy = { (position: Int) in model.baselines.accuracies[evaluator.pool[position]] }
        let singles = selection.singles
        let chosen = selection.best(quality)
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
        methods[MethodName.moe2.rawValue] = measure(.moe2, chosen)
        methods[MethodName.staticMixture.rawValue] = measure(.staticMixture, chosen)
        methods[MethodName.selectLLM.rawValue] = measure(.selectLLM, chosen)
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
            affordable: names(singles),
            sets: ["moe2": names(chosen), "uniform": names(cheapest), "greedy": names(greedy)],
            costs: [
                "moe2": selection.energy(chosen), "uniform": selection.energy(cheapest),
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
