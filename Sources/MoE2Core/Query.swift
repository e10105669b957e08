/// A prompt with a category, budgets and an answer mode.
public struct Query: Hashable, Sendable {
    /// Its name; the client makes it, so that a query that is sent again is not answered twice.
    public var id: QueryID
    /// The conversation; the last message is the prompt.
    public var messages: [Message]
    /// Its category; nil lets the gate use its default.
    public var category: Category?
    /// The limits it carries.
    public var budget: Budget
    /// How the team's answers become one.
    public var mode: AnswerMode
    /// The size of the team; nil takes the mode's default (1 for `route`).
    public var teamSize: Int?
    /// The options of a closed answer; required by `choice`, empty otherwise.
    public var choices: [String]
    /// How the experts write.
    public var decoding: Decoding
    /// The one expert that must answer, or nil to let the gate choose.
    public var expert: ExpertID?
    /// Whether the query may wait for capacity instead of being refused at once.
    public var mayQueue: Bool
    /// Queries of higher priority leave the queue first; 0 is normal.
    public var priority: Int32
    /// Whether the reply lists every expert that was considered, with the reason why it was not chosen.
    public var explain: Bool
    /// The W3C `traceparent` of the caller, or empty.
    public var traceParent: String
    /// Whether somebody reads the answer as it is written; without it only the whole answer is sent, which costs less.
    public var isStreamed: Bool

    /// A query called `id` that says `messages`.
    public init(
        id: QueryID,
        messages: [Message],
        category: Category? = nil,
        budget: Budget = .unlimited,
        mode: AnswerMode = .route,
        teamSize: Int? = nil,
        choices: [String] = [],
        decoding: Decoding = Decoding(),
        expert: ExpertID? = nil,
        mayQueue: Bool = true,
        priority: Int32 = 0,
        explain: Bool = false,
        traceParent: String = "",
        isStreamed: Bool = true
    ) {
        self.id = id
        self.messages = messages
        self.category = category
        self.budget = budget
        self.mode = mode
        self.teamSize = teamSize
        self.choices = choices
        self.decoding = decoding
        self.expert = expert
        self.mayQueue = mayQueue
        self.priority = priority
        self.explain = explain
        self.traceParent = traceParent
        self.isStreamed = isStreamed
    }

    /// The last message's text: what the gate scores.
    public var prompt: String { messages.last?.content ?? "" }
}
