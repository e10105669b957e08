import Testing

@testable import MoE2Gating

@Suite struct GateModelTests {
    private let law = "a law question about contracts and courts"

    @Test func trainsToTheSameBytesEveryTimeAndToOthersWithAnotherSeed() {
        let set = SyntheticSet.choices(prompts: 120)
        let first = GateFile.encode(TrainedGates.train(set))
        #expect(first == GateFile.encode(TrainedGates.train(set)))
        #expect(first != GateFile.encode(TrainedGates.train(set, seed: 2)))
    }

    @Test func weighsEveryTeamByItselfSharesSumToOneWhoeverElseIsThere() {
        for gate in [TrainedGates.choices, TrainedGates.votes, TrainedGates.scores] {
            let reading = gate.read(prompt: law, labels: ["law"])
            for subset in TrainedGates.subsets(of: gate.expertCount) {
                for k in 1...subset.count {
                    let team = gate.team(reading, over: subset, k: k)
                    #expect(team.members.count == k && Set(team.members).isSubset(of: subset))
                    #expect(abs(team.weights.reduce(0, +) - 1) < 1e-12)
                    #expect(team.weights.allSatisfy { $0 >= 0 })
                    #expect(gate.weigh(team.members, reading) == team)
                }
            }
        }
    }

    /// A category that all free-text prompts share says nothing of them: their text has to tell them apart all the same.
    @Test func aCoarseLabelDoesNotSilenceTheTextOfFreePrompts() throws {
        let set = SyntheticSet.scores()
        let coarse = set.prompts.map { prompt in
            var prompt = prompt
            prompt.labels = ["category:all"]
            return prompt
        }
        let gate = TrainedGates.train(
            try CalibrationSet(kind: .score, experts: set.experts, prompts: coarse, answers: set.answers)
        )
        let labelled = gate.read(prompt: law, labels: ["all"]).scores
        let bare = gate.read(prompt: law, labels: []).scores
        #expect(bare[1] - bare[0] > 0.05)
        #expect(labelled[1] - labelled[0] > 0.8 * (bare[1] - bare[0]))
    }

    @Test func renormalisesSoftMaxWeightsExactly() {
        let gate = TrainedGates.scores
        let reading = gate.read(prompt: law, labels: ["law"])
        let full = gate.weigh([0, 1, 2], reading).weights
        let part = gate.weigh([0, 2], reading).weights
        #expect(abs(part[0] - full[0] / (full[0] + full[2])) < 1e-15)
    }

    @Test func removingAnExpertChangesNothingForTeamsWithoutIt() throws {
        for gate in [TrainedGates.choices, TrainedGates.votes, TrainedGates.scores] {
            for removed in 0..<gate.expertCount {
                let smaller = try gate.removing(gate.experts[removed])
                #expect(!smaller.experts.contains(gate.experts[removed]))
                let before = gate.read(prompt: law, labels: ["law"])
                let after = smaller.read(prompt: law, labels: ["law"])
                for subset in TrainedGates.subsets(of: gate.expertCount) where !subset.contains(removed) {
                    let renumbered = subset.map { $0 > removed ? $0 - 1 : $0 }
                    #expect(smaller.weigh(renumbered, after).weights == gate.weigh(subset, before).weights)
                }
                #expect(try GateFile.decode(GateFile.encode(smaller)) == smaller)
            }
        }
    }

    @Test func removingTheLastExpertOrAnUnknownOneIsRefused() throws {
        var gate = TrainedGates.scores
        #expect(throws: GatingError.self) { try gate.removing("nobody") }
        gate = try gate.removing("expert-0").removing("expert-1")
        do throws(GatingError) {
            _ = try gate.removing("expert-2")
            Issue.record("removed the only expert")
        } catch {
            #expect(error.code == .poolMismatch && error.message.contains("only expert"))
        }
    }

    @Test func addingAnExpertTrainsItAloneAndLeavesTheOthersBitByBitAsTheyWere() throws {
        for set in [SyntheticSet.choices(), SyntheticSet.votes(), SyntheticSet.scores()] {
            let training = set.filter { $0.split == "train" }
            let last = try #require(set.experts.last)
            let known = Array(set.experts.dropLast())
            let gate = TrainedGates.train(try set.select(experts: known))
            let grown = try ExpertAdder(encoder: TrainedGates.encoder).add(last, to: gate, training: training)
            #expect(grown.experts == set.experts)
            let before = gate.read(prompt: law, labels: ["law"])
            let after = grown.read(prompt: law, labels: ["law"])
            #expect(after.scores.dropLast() == before.scores[...])
            for subset in TrainedGates.subsets(of: known.count) {
                #expect(grown.weigh(subset, after) == gate.weigh(subset, before))
            }
            let removed = try grown.removing(last)
            #expect(removed.pool == gate.pool && removed.scoreMeans == gate.scoreMeans)
        }
    }

    @Test func anAddedExpertIsWorthAboutAsMuchAsOneTrainedWithTheRest() throws {
        let set = SyntheticSet.choices()
        let test = set.filter { $0.split == "test" }
        let known = try set.select(experts: ["expert-0", "expert-1", "expert-2"])
        let grown = try ExpertAdder(encoder: TrainedGates.encoder)
            .add("expert-3", to: TrainedGates.train(known), training: set.filter { $0.split == "train" })
        let loss = { (gate: GateModel) throws in
            let evaluator = try Evaluator(model: gate, set: test)
            return Metrics(try #require(evaluator.results(.moe2, members: evaluator.pool))).nll ?? .infinity
        }
        #expect(abs(try loss(grown) - loss(TrainedGates.choices)) < 0.1)
    }

    @Test func addingRefusesKnownExpertsOtherOutcomesAndOtherFeatures() {
        let set = SyntheticSet.choices(prompts: 60)
        let adder = ExpertAdder(encoder: TrainedGates.encoder)
        #expect(throws: GatingError.self) { try adder.add("expert-0", to: TrainedGates.choices, training: set) }
        #expect(throws: GatingError.self) { try adder.add("new", to: TrainedGates.choices, training: set) }
        #expect(throws: GatingError.self) {
            try adder.add("new", to: TrainedGates.choices, training: SyntheticSet.votes(prompts: 60))
        }
    }

    @Test func fallsBackToThePriorForPromptsThatTellItNothing() {
        let gate = TrainedGates.choices
        #expect(gate.read(prompt: "", labels: []).scores == gate.scoreMeans)
        #expect(gate.read(prompt: "", labels: ["category:never-seen"]).scores == gate.scoreMeans)
        #expect(gate.read(prompt: "", labels: ["never-seen"]).modulation == [0, 0, 0, 0])
        let foreign = SparseVector(indices: [1 << 30], values: [1])
        #expect(gate.read(features: foreign, labels: []).scores == gate.scoreMeans)
        let named = gate.read(prompt: "", labels: ["law"])
        #expect(named == gate.read(prompt: "", labels: ["category:law"]), "a bare category stands for its label")
        #expect(named.scores != gate.scoreMeans)
    }

    @Test func learnsWhoKnowsWhichCategory() {
        let gate = TrainedGates.scores
        for (number, category) in SyntheticSet.categories.enumerated() {
            let scores = gate.read(prompt: "\(category) question about", labels: [category]).scores
            #expect(GateWeights.top(1, of: [0, 1, 2], by: scores) == [number])
        }
    }

    @Test func refusesToTrainOnNothing() throws {
        let trainer = GateTrainer(encoder: TrainedGates.encoder)
        let set = SyntheticSet.choices(experts: 2, prompts: 10)
        do throws(GatingError) {
            _ = try trainer.train(set.filter { $0.split == "nowhere" })
            Issue.record("trained on an empty split")
        } catch {
            #expect(error.code == .emptySplit)
        }
        let silent = try CalibrationSet(
            kind: .choice,
            experts: set.experts,
            prompts: set.prompts,
            answers: [set.answers[0], set.prompts.map { _ in nil }]
        )
        do throws(GatingError) {
            _ = try trainer.train(silent)
            Issue.record("trained an expert without outcomes")
        } catch {
            #expect(error.code == .badInput && error.message.contains("expert-1"))
        }
    }

    @Test func trainsWithOutcomesMissingHereAndThere() throws {
        let set = SyntheticSet.choices(prompts: 120)
        let answers = set.answers.enumerated().map { expert, row in
            row.enumerated().map { ($0 + expert) % 4 == 0 ? nil : $1 }
        }
        let sparse = try CalibrationSet(kind: .choice, experts: set.experts, prompts: set.prompts, answers: answers)
        let gate = TrainedGates.train(sparse)
        #expect(gate.scores(prompt: law).allSatisfy { $0.isFinite })
        let evaluator = try Evaluator(model: gate, set: sparse)
        for method in MethodName.allCases {
            let results = evaluator.results(method, members: evaluator.pool) ?? []
            #expect(results.allSatisfy { $0.quality.isFinite }, "\(method)")
        }
    }

    @Test func thePlannersQualityGrowsWithTheSetAndWithTheTeam() {
        var random = SplitMix64(seed: 9)
        for _ in 0..<200 {
            let scores = (0..<7).map { _ in SyntheticSet.gaussian(&random) }
            let temperature = 0.05 + random.unit()
            let subset = (0..<6).filter { _ in random.unit() < 0.6 }
            guard !subset.isEmpty else { continue }
            let k = Int.random(in: 1...7, using: &random)
            let quality = { GateWeights.quality(scores, of: $0, k: $1, temperature: temperature) }
            #expect(quality(subset + [6], k) >= quality(subset, k) - 1e-12)
            #expect(quality(subset, k + 1) >= quality(subset, k) - 1e-12)
        }
    }
}
