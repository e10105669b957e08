/// What became of one line of a batch.
public struct BatchResult: Hashable, Sendable, Codable {
    /// The line, counted from 0.
    public var line: Int
    /// The answer; empty when the line failed.
    public var text: String
    /// Who answered, heaviest first.
    public var experts: [ExpertID]
    /// Why the model stopped.
    public var finishReason: ShardResult.FinishReason
    /// What it took.
    public var usage: Usage
    /// Why it is given with less than was planned; nil when it is whole.
    public var degraded: String?
    /// Why there is no answer; nil when there is one.
    public var error: StatusError?
    /// The mixed probabilities of the choices; empty unless choices were scored.
    public var choiceProbabilities: [Double]

    /// The result of `line`.
    public init(
        line: Int,
        text: String = "",
        experts: [ExpertID] = [],
        finishReason: ShardResult.FinishReason = .stop,
        usage: Usage = Usage(),
        degraded: String? = nil,
        error: StatusError? = nil,
        choiceProbabilities: [Double] = []
    ) {
        self.line = line
        self.text = text
        self.experts = experts
        self.finishReason = finishReason
        self.usage = usage
        self.degraded = degraded
        self.error = error
        self.choiceProbabilities = choiceProbabilities
    }

    /// The result of `line` that `answer` is.
    public init(line: Int, answer: Answer) {
        self.init(
            line: line,
            text: answer.text,
            experts: answer.decision.team.map(\.expert),
            finishReason: answer.finishReason,
            usage: answer.usage,
            degraded: answer.degraded,
            choiceProbabilities: answer.choiceProbabilities
        )
    }
}
