/// The piece of a query that one expert executes.
public struct Shard: Hashable, Sendable {
    /// What the expert is asked for.
    public enum Task: UInt32, Hashable, Sendable, CaseIterable {
        /// Write an answer, streamed in chunks.
        case generate = 0
        /// Score each of the query's choices by its log-probability.
        case scoreChoices = 1
        /// Embed the prompt.
        case embed = 2
    }

    /// Its name.
    public var id: ShardID
    /// The expert that executes it.
    public var expert: ExpertID
    /// What the expert is asked for.
    public var task: Task
    /// The conversation. When the last message is the assistant's, the expert continues it.
    public var messages: [Message]
    /// The options to score; empty unless the task is `scoreChoices`.
    public var choices: [String]
    /// How the expert writes.
    public var decoding: Decoding
    /// The time left for it when it was sent.
    public var timeLeft: Duration
    /// The energy it may cost; nil when not limited. The agent stops a shard that spends more.
    public var energyAllowance: Energy?
    /// The W3C `traceparent` to pass on to the model server, or empty.
    public var traceParent: String
    /// How long its output may wait at the agent for more of it; zero when somebody reads it as it is written.
    public var linger: Duration

    /// A shard for `expert`.
    public init(
        id: ShardID,
        expert: ExpertID,
        task: Task,
        messages: [Message],
        choices: [String] = [],
        decoding: Decoding = Decoding(),
        timeLeft: Duration,
        energyAllowance: Energy? = nil,
        traceParent: String = "",
        linger: Duration = .zero
    ) {
        self.id = id
        self.expert = expert
        self.task = task
        self.messages = messages
        self.choices = choices
        self.decoding = decoding
        self.timeLeft = timeLeft
        self.energyAllowance = energyAllowance
        self.traceParent = traceParent
        self.linger = linger
    }
}
