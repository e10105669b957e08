/// What was learned of one expert doing one kind of task, over all categories.
struct LearnedRates: Sendable {
    /// Prompt tokens read per second.
    var prefill = RecentValues()
    /// Tokens written per second.
    var decode = RecentValues()
    /// Seconds that a shard takes besides reading and writing.
    var overhead = RecentValues()
    /// Watts above idle while a shard is at work: its energy over its time at the agent.
    var power = RecentValues()
    /// Tokens that the model server counts per estimated prompt token.
    var tokenScale = RecentValues()
    /// When the first shard ended, in seconds; nil before.
    var since: Double?
    /// Whether the last energy came from a meter.
    var isMeasured = false
    /// The power mode of the host while this was learned.
    var powerMode = ""
    /// What all categories have in common.
    var common = LearnedLane()
}

/// What was learned of one expert doing one kind of task for one category.
struct LearnedLane: Sendable {
    /// The lengths of the answers, in tokens.
    var answerTokens = RecentValues()
    /// Measured latency / its predicted median.
    var latencyRatio = LearnedTail()
    /// Reported energy / its predicted median.
    var energyRatio = LearnedTail()
}
