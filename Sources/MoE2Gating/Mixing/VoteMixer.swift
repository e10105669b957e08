/// Adds up votes: mode `vote`.
public enum VoteMixer {
    /// One member's vote on a question with known options.
    public struct Ballot: Sendable {
        /// The member's number in the pool.
        public let member: Int
        /// The chosen option; `nil` if no option could be read from the answer.
        public let option: Int?
        /// Length of the generated text in characters, if known: long-winded answers are less often right.
        public let length: Int?

        /// A vote.
        public init(member: Int, option: Int?, length: Int? = nil) {
            self.member = member
            self.option = option
            self.length = length
        }
    }

    /// The mixture of reliability-weighted votes on `optionCount` known options, for a gate trained on votes. A member that
    /// answered without a readable option stays in the team, without evidence. `nil` if there is no ballot.
    ///
    /// - Throws: `GatingError` with code `poolMismatch` for a gate of another kind.
    public static func mix(
        _ ballots: [Ballot],
        optionCount: Int,
        model: GateModel,
        reading: GateReading
    ) throws(GatingError) -> Mixture? {
        guard model.kind == .vote else {
            throw GatingError(
                .poolMismatch,
                "the gate was trained on \(model.kind)s: weighted votes need one trained on votes"
            )
        }
        guard !ballots.isEmpty, optionCount > 1 else { return nil }
        let answers = ballots.map { ballot in
            let option = ballot.option.flatMap { (0..<optionCount).contains($0) ? $0 : nil }
            return (expert: ballot.member, answer: ExpertAnswer.vote(option: option, length: ballot.length))
        }
        return EvidencePool.mix(answers, optionCount: optionCount, model: model, reading: reading)
    }

    /// The share of `team`'s weight behind each distinct answer, largest first; equal shares keep the order of the
    /// members. For short free answers, already canonicalised; `nil` is an abstention and gives its weight to nobody.
    public static func tally(_ answers: [String?], team: Team) -> [(answer: String, share: Double)] {
        var order: [String] = []
        var shares: [String: Double] = [:]
        for (answer, weight) in zip(answers, team.weights) {
            guard let answer else { continue }
            if shares[answer] == nil { order.append(answer) }
            shares[answer, default: 0] += weight
        }
        let cast = shares.values.reduce(0, +)
        guard cast > 0 else { return order.map { ($0, 1 / Double(order.count)) } }
        let tallied = order.enumerated().map { (place: $0, answer: $1, share: (shares[$1] ?? 0) / cast) }
        return tallied.sorted { $0.share != $1.share ? $0.share > $1.share : $0.place < $1.place }
            .map { ($0.answer, $0.share) }
    }
}
