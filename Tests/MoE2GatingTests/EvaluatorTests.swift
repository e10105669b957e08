import Testing

@testable import MoE2Gating

@Suite struct EvaluatorTests {
    private func evaluator(_ gate: GateModel, _ set: CalibrationSet) throws -> Evaluator {
        try Evaluator(model: gate, set: set.filter { $0.split == "test" })
    }

    @Test func theMixtureBeatsEveryExpertWhereTheyKnowDifferentThings() throws {
        let evaluator = try evaluator(TrainedGates.choices, SyntheticSet.choices())
        let metrics = { (method: MethodName) in
            Metrics(try #require(evaluator.results(method, members: evaluator.pool)))
        }
        let moe2 = try metrics(.moe2)
        for method in [MethodName.bestSingle, .uniform, .random] {
            let loss = try #require(try metrics(method).nll)
            #expect(try #require(moe2.nll) < loss, "\(method)")
        }
        #expect(try metrics(.oracle).accuracy >= moe2.accuracy)
        #expect(try metrics(.oracle).accuracy >= metrics(.route).accuracy)
    }

    @Test func answersAsTheServingMixerDoes() throws {
        let set = SyntheticSet.votes().filter { $0.split == "test" }
        let gate = TrainedGates.votes
        let results = try #require(try Evaluator(model: gate, set: set).results(.moe2, members: [0, 2, 3], k: 2))
        for (row, prompt) in set.prompts.enumerated() {
            let reading = gate.read(prompt: prompt.text, labels: prompt.labels)
            let ballots = gate.team(reading, over: [0, 2, 3], k: 2).members.compactMap { member -> VoteMixer.Ballot? in
                guard case .vote(let option, let length)? = set.answers[member][row] else { return nil }
                return VoteMixer.Ballot(member: member, option: option, length: length)
            }
            let mixture = try VoteMixer.mix(ballots, optionCount: prompt.optionCount, model: gate, reading: reading)
            #expect(
                results[row] == PromptResult(probabilities: mixture?.probabilities ?? [], right: prompt.answer ?? 0)
            )
        }
    }

    @Test func choosesTheBestSingleExpertOnTheTrainingPromptsAlone() throws {
        let set = SyntheticSet.choices()
        let gate = TrainedGates.train(set)
        let training = set.filter { $0.split == "train" }
        let accuracies = set.experts.indices.map { expert in
            training.prompts.indices.reduce(0) { sum, row in
                guard case .choice(let logits)? = training.answers[expert][row] else { return sum }
                return sum + (ScoreTargets.firstMaximum(logits) == training.prompts[row].answer ? 1 : 0)
            }
        }
        #expect(gate.baselines.bestSingle(among: [0, 1, 2, 3]) == accuracies.firstIndex(of: accuracies.max() ?? 0))
        #expect(gate.baselines.bestSingle(among: []) == nil)
    }

    @Test func refusesForeignPoolsKindsAndEmptySplits() throws {
        let set = SyntheticSet.choices()
        #expect(throws: GatingError.self) { try Evaluator(model: TrainedGates.votes, set: set) }
        #expect(throws: GatingError.self) {
            try Evaluator(model: TrainedGates.scores, set: SyntheticSet.scores(experts: 5))
        }
        do throws(GatingError) {
            _ = try Evaluator(model: TrainedGates.choices, set: set.filter { $0.split == "none" })
            Issue.record("evaluated nothing")
        } catch { #expect(error.code == .emptySplit) }
    }

    @Test func evaluatesOnAPartOfThePoolAndOnCategoriesNeverSeen() throws {
        let set = try SyntheticSet.choices().select(experts: ["expert-3", "expert-1"])
        let unseen = try CalibrationSet(
            kind: .choice,
            experts: set.experts,
            prompts: set.prompts.map { prompt in
                var prompt = prompt
                prompt.labels = ["category:astrology"]
                return prompt
            },
            answers: set.answers
        )
        let evaluator = try Evaluator(model: TrainedGates.choices, set: unseen)
        #expect(evaluator.pool == [3, 1])
        for method in MethodName.allCases {
            let results = try #require(evaluator.results(method, members: evaluator.pool), "\(method)")
            #expect(results.allSatisfy { ($0.negativeLogLikelihood ?? .nan).isFinite })
        }
    }

    @Test func bracketsMeansWithIntervalsThatShrinkWithTheNumberOfPrompts() {
        var random = SplitMix64(seed: 4)
        let draw = { (count: Int) in
            Metrics(
                (0..<count).map { _ in
                    PromptResult(quality: random.unit() < 0.7 ? 1 : 0, negativeLogLikelihood: random.unit())
                }
            )
        }
        let (few, many) = (draw(100), draw(2_000))
        for metrics in [few, many] {
            #expect(metrics.accuracyInterval.contains(metrics.accuracy))
            #expect(metrics.nllInterval?.contains(metrics.nll ?? -1) == true)
        }
        let width = { (range: ClosedRange<Double>) in range.upperBound - range.lowerBound }
        #expect(width(many.accuracyInterval) < width(few.accuracyInterval) / 3)
        #expect(Metrics([PromptResult(quality: 1, negativeLogLikelihood: nil)]).nll == nil)
    }

    @Test func countsGrowthsOfTheLossOverAllPairsOfSets() throws {
        #expect(SubsetReport.growths([3, 2, 2.5], experts: 2) == [-0.5, 0.5])
        let report = try #require(try SubsetReport(evaluator(TrainedGates.choices, SyntheticSet.choices())))
        #expect(report.entries.count == 15 && report.pairs == 4 * 7)
        #expect(report.entries[4].members == [0, 2])
        // Of n results of which a share p is right, the standard error is √(p·(1 − p)/(n − 1)).
        let n = Double(SyntheticSet.choices().filter { $0.split == "test" }.prompts.count)
        for entry in report.entries {
            let expected = (entry.accuracy * (1 - entry.accuracy) / (n - 1)).squareRoot()
            #expect(abs(entry.accuracyError - expected) < 1e-12, "\(entry.accuracy) of \(n): \(entry.accuracyError)")
            #expect(entry.gap == nil && entry.gapError == nil)
        }
        let large = SyntheticSet.choices(experts: 11, prompts: 30)
        #expect(try SubsetReport(Evaluator(model: TrainedGates.train(large), set: large)) == nil)
    }
}
