/// What was learned of one expert doing one kind of task, over all categories.
struct LearnedRates: Sendable {
    /// In seconds. At a second each the medians are of at least the last minute, so a machine that is busy for less than half of it
    /// does not change them, however many shards come meanwhile.
    private static let spacing = 1.0

    /// Prompt tokens read per second.
    var prefill = RecentValues(spacing: LearnedRates.spacing)
    /// Tokens written per second.
    var decode = RecentValues(spacing: LearnedRates.spacing)
    /// Seconds that a shard takes besides reading and writing.
    var overhead = RecentValues(spacing: LearnedRates.spacing)
    /// Watts above idle while a shard is at work: its energy over its time at the agent.
    var power = RecentValues(spacing: LearnedRates.spacing)
    /// Tokens that the model server counts per estimated prompt token.
    var tokenScale = RecentValues(spacing: LearnedRates.spacing)
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
