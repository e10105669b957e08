public import MoE2Core

/// A query that ended, as the books keep it.
public struct BookedQuery: Hashable, Sendable {
    /// When it ended, in Unix seconds.
    public var ended: Double
    public var id: QueryID
    public var client: String
    public var category: Category
    public var mode: AnswerMode
    /// Why there is no answer; nil when there is one.
    public var error: StatusError?
    /// The decision that the answer came from; nil when none was made.
    public var decision: TeamDecision?
    /// Time from admission to the end.
    public var elapsed: Duration
    public var timeToFirstToken: Duration?
    /// What was spent, even if there is no answer.
    public var usage: Usage
    public var energyLimit: Energy?
    public var latencyLimit: Duration?
    public var retries: Int
    public var degraded: String?
    /// The prompt and the answer; nil unless the configuration asks for them.
    public var prompt: String?
    public var answer: String?

    /// A query with these figures.
    public init(
        ended: Double,
        id: QueryID,
        client: String,
        category: Category,
        mode: AnswerMode,
        error: StatusError? = nil,
        decision: TeamDecision? = nil,
        elapsed: Duration,
        timeToFirstToken: Duration? = nil,
        usage: Usage,
        energyLimit: Energy? = nil,
        latencyLimit: Duration? = nil,
        retries: Int = 0,
        degraded: String? = nil,
        prompt: String? = nil,
        answer: String? = nil
    ) {
        self.ended = ended
        self.id = id
        self.client = client
        self.category = category
        self.mode = mode
        self.error = error
        self.decision = decision
        self.elapsed = elapsed
        self.timeToFirstToken = timeToFirstToken
        self.usage = usage
        self.energyLimit = energyLimit
        self.latencyLimit = latencyLimit
        self.retries = retries
        self.degraded = degraded
        self.prompt = prompt
        self.answer = answer
    }
}
