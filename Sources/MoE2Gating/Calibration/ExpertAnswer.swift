/// What one expert answered to one prompt.
public enum ExpertAnswer: Sendable, Equatable {
    /// Unnormalised log-probabilities, one per option.
    case choice([Double])
    /// The chosen option (`nil`: no answer could be read) and the length of the generated text in characters, if known.
    case vote(option: Int?, length: Int?)
    /// Quality of a free text, 0 to 1.
    case score(Double)

    /// The kind of this answer.
    public var kind: AnswerKind {
        switch self {
        case .choice: .choice
        case .vote: .vote
        case .score: .score
        }
    }
}
