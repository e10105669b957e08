import Testing

@testable import MoE2Gating

@Suite struct PoolTests {
    private func trainer(_ set: CalibrationSet, seed: UInt64 = 3) -> PoolTrainer {
        let labels = LabelTable(names: Set(set.prompts.flatMap(\.labels)).sorted())
        var random = SplitMix64(seed: seed)
        return PoolTrainer(
            table: EvidenceTable(set, model: EvidenceModel(fitting: set)),
            labels: set.prompts.map { labels.resolve($0.labels) },
            labelCount: labels.count,
            text: set.prompts.flatMap { _ in set.experts.map { _ in SyntheticSet.gaussian(&random) } },
            seed: seed
        )
    }

    @Test(arguments: [true, false], [AnswerKind.choice, .vote])
    func hasTheGradientThatFiniteDifferencesSay(usesLabels: Bool, kind: AnswerKind) {
        let set = kind == .choice ? SyntheticSet.choices(prompts: 30) : SyntheticSet.votes(prompts: 30)
        let trainer = trainer(set)
        let (redundancy, skills) = PoolTrainer.moments(trainer.table)
        let objective = trainer.makeObjective(usesLabels: usesLabels, prior: redundancy, member: nil)
        var random = SplitMix64(seed: 5)
        var x = (0..<objective.parameterCount).map { _ in 0.1 * SyntheticSet.gaussian(&random) }
        for i in skills.indices { x[i] = skills[i] }
        let factor = Cholesky(redundancy, order: skills.count).factor
        var index = objective.factorStart
        for i in skills.indices {
            for j in 0...i {
                x[index] = factor[i * skills.count + j] + 0.02 * SyntheticSet.gaussian(&random)
                index += 1
            }
        }
        var gradient = [Double](repeating: 0, count: x.count)
        _ = objective.evaluate(x, &gradient)
        var ignored = gradient
        for i in x.indices {
            let step = 1e-5
            var up = x
            var down = x
            up[i] += step
            down[i] -= step
            let slope = (objective.evaluate(up, &ignored) - objective.evaluate(down, &ignored)) / (2 * step)
            #expect(abs(slope - gradient[i]) < 1e-5 + 1e-4 * abs(slope), "parameter \(i)")
        }
    }

    @Test(arguments: [UInt64](1...30)) func solvesForWeightsThatAreNeverNegativeAndNeedNoExpertOutside(
        seed: UInt64
    ) {
        var random = SplitMix64(seed: seed)
        let count = Int.random(in: 1...8, using: &random)
        let rows = (0..<count).map { _ in (0..<(count + 2)).map { _ in SyntheticSet.gaussian(&random) } }
        let redundancy = rows.flatMap { a in rows.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } } }
        let skills = (0..<count).map { _ in SyntheticSet.gaussian(&random) }
        let pool = PoolParameters(
            skills: skills,
            redundancy: redundancy,
            labelModulation: [],
            textModulation: [Double](repeating: 0, count: count),
            textOnlyModulation: [Double](repeating: 0, count: count),
            positionBias: []
        )
        let none = [Double](repeating: 0, count: count)
        for team in TrainedGates.subsets(of: count) {
            let weights = pool.weights(team: team, modulation: none)
            #expect(weights.allSatisfy { $0 >= 0 && $0.isFinite }, "seed \(seed), team \(team)")
            // On the experts that carry weight the solution is stationary: R·w = s.
            for (i, weight) in zip(team, weights) where weight > 0 {
                let image = zip(team, weights).reduce(0) { $0 + redundancy[i * count + $1.0] * $1.1 }
                #expect(abs(image - skills[i]) < 1e-6 * (1 + abs(skills[i])), "seed \(seed), team \(team)")
            }
        }
        for removed in 0..<count where count > 1 {
            let smaller = pool.removing(removed)
            for team in TrainedGates.subsets(of: count) where !team.contains(removed) {
                let renumbered = team.map { $0 > removed ? $0 - 1 : $0 }
                #expect(
                    smaller.weights(team: renumbered, modulation: none) == pool.weights(team: team, modulation: none)
                )
            }
        }
    }

    @Test func drawsTeamsOfEverySizeThatHoldTheWantedExpert() {
        var random = SplitMix64(seed: 2)
        let sampler = SubsetSampler(experts: 12, member: 5, random: &random)
        var sizes: Set<Int> = []
        for _ in 0..<400 {
            let team = sampler.draw(&random)
            #expect(team.contains(5) && team == team.sorted() && Set(team).count == team.count)
            sizes.insert(team.count)
        }
        #expect(sizes == Set(1...12))
    }
}
