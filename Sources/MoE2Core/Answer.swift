/// The fleet's answer to a query.
public struct Answer: Hashable, Sendable, Codable {
    /// The whole text; for `choice` the chosen option.
    public var text: String
    /// The mixed probabilities of the choices; empty unless choices were scored.
    public var choiceProbabilities: [Double]
    /// Who was to answer, and the expected cost.
    public var decision: TeamDecision
    /// What each member answered.
    public var candidates: [Candidate]
    /// What it took in all, retries and hedges included. `total` is the time from admission to the last token.
    public var usage: Usage
    /// Time from admission to the first token.
    public var timeToFirstToken: Duration
    /// Time the query waited for capacity before it was dispatched.
    public var waited: Duration
    /// Why the model stopped.
    public var finishReason: ShardResult.FinishReason
    /// Why it is given with less than was planned; nil when it is whole.
    public var degraded: String?
    /// How many shards were started again on another expert.
    public var retries: Int

    /// An answer with the given parts.
    public init(
        text: String,
        choiceProbabilities: [Double] = [],
        decision: TeamDecision,
        candidates: [Candidate] = [],
        usage: Usage,
        timeToFirstToken: Duration,
        waited: Duration = .zero,
        finishReason: ShardResult.FinishReason = .stop,
        degraded: String? = nil,
        retries: Int = 0
    ) {
        self.text = text
        self.choiceProbabilities = choiceProbabilities
        self.decision = decision
        self.candidates = candidates
        self.usage = usage
        self.timeToFirstToken = timeToFirstToken
        self.waited = waited
        self.finishReason = finishReason
        self.degraded = degraded
        self.retries = retries
    }
}
