import Glibc
import MoE2Core
import MoE2Gating

/// Makes one answer of the candidates of a team.
struct AnswerMixer: Sendable {
    /// The mixed answer.
    struct Mixed: Sendable, Equatable {
        var text: String
        var choiceProbabilities: [Double] = []
    }

    /// The scorer that picked the team: a gate trained on choices brings its own mixture.
    let scorer: any ExpertScorer

    /// Mixes the candidates that answered, weights renormalised over them.
    /// - Precondition: at least one candidate has no error.
    func mix(_ candidates: [Candidate], query: Query, category: Category) -> Mixed {
        let answered = candidates.filter { $0.error == nil }
        let weights = Self.renormalised(answered.map(\.weight))
        switch query.mode {
        case .choice: return choice(answered, weights, query, category)
        case .vote: return Mixed(text: Self.winner(answered, weights))
        case .route, .best: return Mixed(text: Self.best(answered, weights))
        }
    }

    // MARK: choice

    private func choice(
        _ answered: [Candidate],
        _ weights: [Double],
        _ query: Query,
        _ category: Category
    ) -> Mixed {
        let probabilities =
            trainedMixture(answered, query, category)
            ?? Self.linearMixture(answered.map(\.choiceProbabilities), weights: weights, count: query.choices.count)
        // Ties go to the option that was named first.
        let best = probabilities.indices.max { (probabilities[$0], -$0) < (probabilities[$1], -$1) } ?? 0
        return Mixed(text: query.choices[best], choiceProbabilities: probabilities)
    }

    /// The mixture of a gate that was trained on choices, the one that `moe2 evaluate` measures.
    private func trainedMixture(_ answered: [Candidate], _ query: Query, _ category: Category) -> [Double]? {
        guard let gate = scorer as? GateScorer, let mixer = try? ChoiceMixer(model: gate.model),
            let members = try? gate.model.numbers(of: answered.map(\.expert.rawValue))
        else { return nil }
        return mixer.mix(
            members: members,
            logProbabilities: answered.map { $0.choiceProbabilities.map { log(max($0, 1e-300)) } },
            optionCount: query.choices.count,
            reading: gate.reading(of: query.prompt, category: category)
        )?.probabilities
    }

    /// Σ gₙ·pₙ: the paper's mixture, for gates that bring none of their own.
    static func linearMixture(_ distributions: [[Double]], weights: [Double], count: Int) -> [Double] {
        var mixed = [Double](repeating: 0, count: count)
        for (distribution, weight) in zip(distributions, weights) {
            for option in 0..<min(count, distribution.count) { mixed[option] += weight * distribution[option] }
        }
        return mixed
    }

    /// Probabilities of options from their log-probabilities: a softmax, so that they sum to 1 over the options.
    static func probabilities(_ logProbabilities: [Double]) -> [Double] {
        guard let top = logProbabilities.filter(\.isFinite).max() else {
            return [Double](repeating: 1 / Double(max(1, logProbabilities.count)), count: logProbabilities.count)
        }
        let raw = logProbabilities.map { $0.isFinite ? exp($0 - top) : 0 }
        let sum = raw.reduce(0, +)
        return raw.map { $0 / sum }
    }

    // MARK: vote and best

    /// The text of the heaviest candidate whose answer got the most weight.
    private static func winner(_ answered: [Candidate], _ weights: [Double]) -> String {
        let ballots = answered.map { ShortAnswer.canonical($0.text) }
        let team = Team(members: Array(answered.indices), weights: weights, sharpness: 1)
        let winner = VoteMixer.tally(ballots.map { $0.isEmpty ? nil : $0 }, team: team).first?.answer
        let index = ballots.firstIndex { $0 == winner } ?? 0
        return trimmed(answered[index].text)
    }

    /// The candidate with the largest weight plus agreement, where two answers agree by the share of their words that
    /// they have in common (Jaccard), weighted by the other's weight.
    private static func best(_ answered: [Candidate], _ weights: [Double]) -> String {
        let words = answered.map { Set(ShortAnswer.canonical($0.text).split(separator: " ")) }
        let scores = answered.indices.map { index in
            weights[index]
                + answered.indices.filter { $0 != index }.reduce(0) {
                    $0 + weights[$1] * jaccard(words[index], words[$1])
                }
        }
        let index = scores.indices.max { (scores[$0], -$0) < (scores[$1], -$1) } ?? 0
        return answered[index].text
    }

    private static func jaccard(_ left: Set<Substring>, _ right: Set<Substring>) -> Double {
        let union = left.union(right).count
        return union == 0 ? 1 : Double(left.intersection(right).count) / Double(union)
    }

    private static func trimmed(_ text: String) -> String {
        var slice = text.drop(while: \.isWhitespace)
        while slice.last?.isWhitespace == true { slice.removeLast() }
        return String(slice)
    }

    private static func renormalised(_ weights: [Double]) -> [Double] {
        let sum = weights.reduce(0, +)
        return sum > 0
            ? weights.map { $0 / sum } : weights.map { _ in 1 / Double(max(1, weights.count)) }
    }
}
