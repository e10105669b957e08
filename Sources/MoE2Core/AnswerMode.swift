/// How the answers of a team become one answer.
public enum AnswerMode: UInt32, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
    /// Free text from the expert with the largest weight, streamed as it is written. The default.
    case route = 0
    /// Closed answers with known options: argmax over the options of Σ gₙ·pₙ, the paper's mixture.
    case choice = 1
    /// Short answers: the gate weights are added up per distinct answer.
    case vote = 2
    /// Free text from k experts; the candidate with the largest weight and agreement wins.
    case best = 3

    /// The mode called `name` on the command line and in HTTP requests.
    public init?(name: String) {
        guard let mode = Self.allCases.first(where: { $0.description == name }) else { return nil }
        self = mode
    }

    public var description: String {
        switch self {
        case .route: "route"
        case .choice: "choice"
        case .vote: "vote"
        case .best: "best"
        }
    }
}
