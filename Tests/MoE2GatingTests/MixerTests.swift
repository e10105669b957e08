import Testing

@testable import MoE2Gating

@Suite struct MixerTests {
    private let gate = TrainedGates.choices
    private var reading: GateReading { gate.read(prompt: "a law question", labels: ["law"]) }

    @Test(arguments: [UInt64](1...20)) func mixesChoicesExactlyAsTheFormulaSays(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let members = (0..<4).shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
        let logits = members.map { _ in (0..<4).map { _ in 3 * SyntheticSet.gaussian(&random) } }
        let mixture = try #require(
            try ChoiceMixer(model: gate)
                .mix(members: Array(members), logProbabilities: logits, optionCount: 4, reading: reading)
        )
        let pool = try #require(gate.pool)
        var expected = [0.0, 0, 0, 0]
        let weights = pool.weights(team: Array(members), modulation: reading.modulation)
        for (position, expert) in members.enumerated() {
            let evidence = gate.evidence.evidence(.choice(logits[position]), expert: expert, optionCount: 4)
            let bias = pool.correction.bias(of: expert, labels: reading.labels, optionCount: 4)
            for option in 0..<4 {
                let corrected = exponential(reading.sharpness[expert]) * evidence[option] + bias[option]
                expected[option] += weights[position] * corrected
            }
        }
        expected.withUnsafeMutableBufferPointer { _ = softmax($0) }
        for option in 0..<4 { #expect(abs(mixture.probabilities[option] - expected[option]) < 1e-12, "seed \(seed)") }
    }

    @Test func treatsSilentAndBrokenMembersAsIfTheyWereNotInTheTeam() throws {
        let mixer = try ChoiceMixer(model: gate)
        let logits = [[0.1, 0.5, 0.2, 0.9], [1, 0, 0, 0]]
        let alone = mixer.mix(members: [1, 3], logProbabilities: logits, optionCount: 4, reading: reading)
        for broken in [nil, [0, .nan, 0, 0], [0, 0], [.infinity, 0, 0, 0]] as [[Double]?] {
            let mixed = mixer.mix(
                members: [1, 0, 3],
                logProbabilities: [logits[0], broken, logits[1]],
                optionCount: 4,
                reading: reading
            )
            #expect(mixed == alone)
        }
        #expect(mixer.mix(members: [0], logProbabilities: [nil], optionCount: 4, reading: reading) == nil)
        #expect(mixer.mix(members: [], logProbabilities: [], optionCount: 4, reading: reading) == nil)
    }

    @Test func doesNotCareWhetherLogProbabilitiesAreNormalised() throws {
        let mixer = try ChoiceMixer(model: gate)
        let plain = mixer.mix(
            members: [0, 1],
            logProbabilities: [[1, 2, 3, 4], [0, 0, 1, 0]],
            optionCount: 4,
            reading: reading
        )
        let shifted = mixer.mix(
            members: [0, 1],
            logProbabilities: [[-99, -98, -97, -96], [5, 5, 6, 5]],
            optionCount: 4,
            reading: reading
        )
        for (a, b) in zip(plain?.probabilities ?? [], shifted?.probabilities ?? [1]) { #expect(abs(a - b) < 1e-9) }
    }

    @Test func givesAVoteMoreWeightThanNoVoteAndAbstentionsNone() throws {
        let votes = TrainedGates.votes
        let reading = votes.read(prompt: "a law question", labels: ["law"])
        func mix(_ ballots: [VoteMixer.Ballot]) throws -> Mixture? {
            try VoteMixer.mix(ballots, optionCount: 6, model: votes, reading: reading)
        }
        let one = try #require(try mix([.init(member: 1, option: 2, length: 400)]))
        #expect(one.best == 2)
        let two = try #require(
            try mix([.init(member: 1, option: 2, length: 400), .init(member: 3, option: 2, length: 400)])
        )
        #expect(two.probabilities[2] > one.probabilities[2])
        let abstained = try #require(try mix([.init(member: 1, option: nil), .init(member: 3, option: 77)]))
        #expect(abstained.probabilities.allSatisfy { abs($0 - 1.0 / 6) < 1e-12 }, "an abstention says nothing")
        #expect(try mix([]) == nil)
    }

    @Test func refusesGatesOfAnotherKind() {
        #expect(throws: GatingError.self) { try ChoiceMixer(model: TrainedGates.votes) }
        #expect(throws: GatingError.self) {
            try VoteMixer.mix([], optionCount: 4, model: TrainedGates.choices, reading: reading)
        }
    }

    @Test func talliesShortAnswersByWeight() {
        let team = Team(members: [0, 1, 2, 3], weights: [0.3, 0.3, 0.2, 0.2], sharpness: 1)
        let tally = VoteMixer.tally(["paris", "rome", "rome", nil], team: team)
        #expect(tally.map(\.answer) == ["rome", "paris"])
        #expect(abs(tally[0].share - 0.625) < 1e-12)
        let silent = Team(members: [0, 1], weights: [0, 1], sharpness: 1)
        #expect(VoteMixer.tally(["a", nil], team: silent).map(\.share) == [1])
        #expect(VoteMixer.tally([nil, nil], team: silent).isEmpty)
    }
}
