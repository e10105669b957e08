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
            seed: seed,
            hasLabelBias: set.kind == .choice
        )
    }

    @Test(arguments: [true, false], [AnswerKind.choice, .vote])
    func hasTheGradientThatFiniteDifferencesSay(usesLabels: Bool, kind: AnswerKind) {
        let set = kind == .choice ? SyntheticSet.choices(prompts: 30) : SyntheticSet.votes(prompts: 30)
        let trainer = trainer(set)
        let redundancy = PoolTrainer.moments(trainer.table)
        let objective = trainer.makeObjective(trainer.table, usesLabels: usesLabels, prior: redundancy, member: nil)
        var random = SplitMix64(seed: 5)
        var x = (0..<objective.parameterCount).map { _ in 0.1 * SyntheticSet.gaussian(&random) }
        let experts = set.experts.count
        let factor = Cholesky(redundancy, order: experts).factor
        var index = 0
        for i in 0..<experts {
            for j in 0...i {
                x[index] = factor[i * experts + j] + 0.02 * SyntheticSet.gaussian(&random)
                index += 1
            }
        }
        expectGradient(of: objective.evaluate, at: x)
    }

    @Test(arguments: [true, false])
    func correctionsHaveTheGradientThatFiniteDifferencesSay(hasLabelBias: Bool) {
        let trainer = trainer(SyntheticSet.choices(prompts: 30))
        let objective = CorrectionTrainer(
            table: trainer.table,
            labels: trainer.labels,
            labelCount: trainer.labelCount,
            text: trainer.text,
            positions: 3,
            hasLabelBias: hasLabelBias
        ).makeObjective(2, labels: trainer.labels)
        var random = SplitMix64(seed: 6)
        let x = (0..<objective.parameterCount).map { _ in 0.2 * SyntheticSet.gaussian(&random) }
        let rows = objective.rows
        expectGradient(of: { objective.evaluate($0, &$1, rows: rows) }, at: x)
    }

    private func expectGradient(of objective: ([Double], inout [Double]) -> Double, at x: [Double]) {
        var gradient = [Double](repeating: 0, count: x.count)
        _ = objective(x, &gradient)
        var ignored = gradient
        for i in x.indices {
            let step = 1e-5
            var up = x
            var down = x
            up[i] += step
            down[i] -= step
            let slope = (objective(up, &ignored) - objective(down, &ignored)) / (2 * step)
            #expect(abs(slope - gradient[i]) < 1e-5 + 1e-4 * abs(slope), "parameter \(i)")
        }
    }

    /// An expert's correction is its own affair: who else is in the pool must not change a bit of it.
    @Test(arguments: [AnswerKind.choice, .vote]) func correctsEveryExpertWithoutRegardToTheOthers(
        kind: AnswerKind
    ) throws {
        let set = kind == .choice ? SyntheticSet.choices(prompts: 90) : SyntheticSet.votes(prompts: 90)
        let together = TrainedGates.train(set)
        let alone = TrainedGates.train(try set.select(experts: ["expert-2"]))
        let removed = [0, 1, 3].reversed().reduce(try #require(together.pool).correction) { $0.removing($1) }
        // The text is standardised over the pool, so what is left is the part that does not come from the text.
        let own = try #require(alone.pool).correction
        #expect(removed.positions == own.positions && removed.experts == 1)
        for (a, b) in zip(removed.sharpness + removed.positionBias, own.sharpness + own.positionBias) {
            #expect(abs(a - b) < 0.1)
        }
    }

    @Test func anExpertThatFavoursAPositionIsDebiasedInEveryTeam() throws {
        let set = SyntheticSet.choices(prompts: 300)
        let answers = set.answers.enumerated().map { expert, row in
            row.map { answer -> ExpertAnswer? in
                guard expert == 0, case .choice(var logits)? = answer else { return answer }
                logits[3] += 2
                return .choice(logits)
            }
        }
        let biased = TrainedGates.train(
            try CalibrationSet(kind: .choice, experts: set.experts, prompts: set.prompts, answers: answers)
        )
        let correction = try #require(biased.pool).correction
        let own = correction.bias(of: 0, labels: [], optionCount: 4)
        // The penalty draws both towards none; 300 prompts leave a good part of the bias, and little of what is chance.
        let unbiased = correction.bias(of: 2, labels: [], optionCount: 4)
        #expect(own[3] < -0.15 && own[3] < 1.5 * unbiased[3], "\(own), \(unbiased)")
        let reading = biased.read(prompt: "a law question", labels: ["law"])
        let flat = [0.2, 0.1, 0, 2.1]
        let mixture = EvidencePool.mix(
            [(expert: 0, answer: .choice(flat))],
            optionCount: 4,
            model: biased,
            reading: reading
        )
        #expect(mixture.probabilities[3] < 0.5, "the favoured position alone is no reason: \(mixture.probabilities)")
    }

    @Test(arguments: [UInt64](1...30)) func solvesForWeightsThatAreNeverNegativeAndNeedNoExpertOutside(
        seed: UInt64
    ) {
        var random = SplitMix64(seed: seed)
        let count = Int.random(in: 1...8, using: &random)
        let rows = (0..<count).map { _ in (0..<(count + 2)).map { _ in SyntheticSet.gaussian(&random) } }
        let redundancy = rows.flatMap { a in rows.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } } }
        let zeros = [Double](repeating: 0, count: count)
        let pool = PoolParameters(
            correction: EvidenceCorrection(
                sharpness: zeros,
                labelSharpness: [],
                textSharpness: zeros,
                textOnlySharpness: zeros,
                positionBias: [],
                labelPositionBias: []
            ),
            redundancy: redundancy,
            labelModulation: [],
            textModulation: zeros,
            textOnlyModulation: zeros
        )
        let none = zeros
        for team in TrainedGates.subsets(of: count) {
            let weights = pool.weights(team: team, modulation: none)
            #expect(weights.allSatisfy { $0 >= 0 && $0.isFinite }, "seed \(seed), team \(team)")
            if team.count == 1 { #expect(abs(weights[0] - 1) < 1e-12, "an expert alone has the weight 1") }
            // On the experts that carry weight the solution is stationary: R·w = diag(R).
            for (i, weight) in zip(team, weights) where weight > 0 {
                let image = zip(team, weights).reduce(0) { $0 + redundancy[i * count + $1.0] * $1.1 }
                let skill = redundancy[i * count + i]
                #expect(abs(image - skill) < 1e-6 * (1 + skill), "seed \(seed), team \(team)")
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

    @Test(arguments: [nil, 5]) func drawsTeamsOfEverySizeEquallyOften(member: Int?) {
        var random = SplitMix64(seed: 2)
        var sampler = SubsetSampler(experts: 12, member: member, random: &random)
        let teams = sampler.draw(4_000, &random)
        for team in teams {
            #expect(member.map(team.contains) ?? true)
            #expect(team == team.sorted() && Set(team).count == team.count)
        }
        let sizes = Dictionary(grouping: teams, by: \.count).mapValues(\.count)
        #expect(sizes.keys.sorted() == Array(2...12))
        #expect(sizes[12] == 1_200, "three of ten are the full pool")
        #expect((2...11).allSatisfy { sizes[$0] == 280 }, "\(sizes)")
    }

    @Test func drawsAllTeamsOfASmallPool() {
        var random = SplitMix64(seed: 3)
        var sampler = SubsetSampler(experts: 8, random: &random)
        let drawn = Dictionary(grouping: sampler.draw(1_000, &random)) { $0 }.mapValues(\.count)
        #expect(Set(drawn.keys) == Set(TrainedGates.subsets(of: 8).filter { $0.count > 1 }))
        for (team, count) in drawn where team.count == 4 { #expect((1...2).contains(count), "\(team): \(count)") }
    }

    @Test(arguments: 1...2) func drawsTheFullPoolWhereThereIsNoSmallerTeam(experts: Int) {
        var random = SplitMix64(seed: 4)
        var sampler = SubsetSampler(experts: experts, random: &random)
        #expect(sampler.draw(3, &random) == Array(repeating: Array(0..<experts), count: 3))
    }

    /// Weights of pairs differ from what the weights in large teams suggest: both have to be learned.
    @Test func losesLittleAgainstAPoolThatIsTrainedForOneTeamAlone() throws {
        let set = SyntheticSet.choices(prompts: 400).filter { $0.split == "train" }
        let gate = TrainedGates.train(set)
        let retrainer = try PoolRetrainer(model: gate, training: set, encoder: TrainedGates.encoder)
        let evaluator = try Evaluator(model: gate, set: set)
        for team in TrainedGates.subsets(of: set.experts.count) where team.count > 1 {
            let alone = try retrainer.retrained(team)
            let other = try Evaluator(model: alone, set: try set.select(experts: alone.experts))
            let own = try #require(SubsetReport.means(evaluator.results(.moe2, members: team) ?? []).nll)
            let best = try #require(SubsetReport.means(other.results(.moe2, members: other.pool) ?? []).nll)
            #expect(own - best < 0.02, "team \(team)")
        }
    }
}
