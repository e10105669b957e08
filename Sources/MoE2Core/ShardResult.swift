/// How a shard ended.
public struct ShardResult: Hashable, Sendable {
    /// Why the model stopped writing.
    public enum FinishReason: UInt32, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
        /// It reached its natural end or a stop string.
        case stop = 0
        /// It reached the most tokens allowed.
        case length = 1
        /// It called a tool.
        case toolCalls = 2
        /// It was cut off: cancelled, out of time or out of energy.
        case interrupted = 3

        public var description: String {
            switch self {
            case .stop: "stop"
            case .length: "length"
            case .toolCalls: "tool_calls"
            case .interrupted: "interrupted"
            }
        }
    }

    /// nil when it succeeded.
    public var error: StatusError?
    /// Why the model stopped.
    public var finishReason: FinishReason
    /// What it took.
    public var usage: Usage
    /// Natural-log probabilities of the choices, one each in their order; empty unless choices were scored.
    public var choiceLogProbabilities: [Double]
    /// The embedding, when one was asked for.
    public var embedding: [Float]
    /// The number of chunks that preceded it.
    public var chunks: UInt32

    /// A result with the given figures.
    public init(
        error: StatusError? = nil,
        finishReason: FinishReason = .stop,
        usage: Usage = Usage(),
        choiceLogProbabilities: [Double] = [],
        embedding: [Float] = [],
        chunks: UInt32 = 0
    ) {
        self.error = error
        self.finishReason = finishReason
        self.usage = usage
        self.choiceLogProbabilities = choiceLogProbabilities
        self.embedding = embedding
        self.chunks = chunks
    }
}
