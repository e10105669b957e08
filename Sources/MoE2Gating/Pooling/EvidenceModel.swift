/// Turns an expert's answer into evidence: one number per option, with mean 0 over the options, that grows with how much
/// the answer speaks for the option.
public struct EvidenceModel: Sendable, Equatable {
    /// Added to a probability before its logarithm is taken, so that no single expert can veto an option.
    public static let floor = 0.003

    /// Per expert, how far its votes can be trusted; empty unless the gate was trained on votes.
    public let reliabilities: [VoteReliability]
    /// Per expert, the share of its votes that were right in training; empty unless the gate was trained on votes.
    public let voteAccuracies: [Double]

    /// A stored model.
    public init(reliabilities: [VoteReliability] = [], voteAccuracies: [Double] = []) {
        self.reliabilities = reliabilities
        self.voteAccuracies = voteAccuracies
    }

    /// A model fitted to the votes of `set`; choices need none.
    init(fitting set: CalibrationSet) {
        guard set.kind == .vote else {
            self.init()
            return
        }
        var reliabilities: [VoteReliability] = []
        var accuracies: [Double] = []
        for row in set.answers {
            var examples: [VoteReliability.Example] = []
            for (prompt, answer) in zip(set.prompts, row) {
                guard case .vote(let option?, let length)? = answer else { continue }
                examples.append(
                    .init(optionCount: prompt.optionCount, length: length, isRight: option == prompt.answer)
                )
            }
            reliabilities.append(VoteReliability(fitting: examples))
            let right = examples.reduce(0) { $0 + ($1.isRight ? 1 : 0) }
            accuracies.append((Double(right) + 1) / (Double(examples.count) + 2))
        }
        self.init(reliabilities: reliabilities, voteAccuracies: accuracies)
    }

    /// The evidence in `answer` of expert number `expert` for each of `optionCount` options; zeros where the answer says
    /// nothing, as for a missing vote or a score.
    public func evidence(_ answer: ExpertAnswer, expert: Int, optionCount: Int) -> [Double] {
        var evidence = [Double](repeating: 0, count: optionCount)
        switch answer {
        case .choice(let logits):
            guard logits.count == optionCount else { return evidence }
            evidence = logits
            evidence.withUnsafeMutableBufferPointer { values in
                softmax(values)
                for i in values.indices { values[i] = naturalLog(Self.floor + values[i]) }
            }
        case .vote(let option?, let length):
            guard option >= 0, option < optionCount, expert < reliabilities.count else { return evidence }
            let p = reliabilities[expert].probability(optionCount: optionCount, length: length)
            evidence[option] = naturalLog(p * Double(optionCount - 1) / (1 - p))
        case .vote, .score:
            return evidence
        }
        let mean = evidence.reduce(0, +) / Double(optionCount)
        for i in evidence.indices { evidence[i] -= mean }
        return evidence
    }

    /// The answer as a distribution over the options, without any weighting of the pool: a choice's probabilities, or a
    /// vote smoothed by the expert's training accuracy. A missing answer is uniform.
    public func distribution(_ answer: ExpertAnswer?, expert: Int, optionCount: Int) -> [Double] {
        let uniform = [Double](repeating: 1 / Double(max(optionCount, 1)), count: optionCount)
        switch answer {
        case .choice(let logits)?:
            guard logits.count == optionCount else { return uniform }
            var p = logits
            p.withUnsafeMutableBufferPointer { _ = softmax($0) }
            return p
        case .vote(let option?, _)?:
            guard option >= 0, option < optionCount, expert < voteAccuracies.count else { return uniform }
            let r = voteAccuracies[expert]
            var p = [Double](repeating: (1 - r) / Double(optionCount - 1), count: optionCount)
            p[option] = r
            return p
        default:
            return uniform
        }
    }
}
