import MoE2Core

/// One expert as the dispatcher sees it: its credits, what it runs, and what waits for it.
struct Lane: Sendable {
    /// A shard that was handed to the agent.
    struct Running: Sendable {
        var order: ShardOrder
        var started: Duration
        /// Nobody waits for it any more; it runs until the agent has stopped it.
        var isWithdrawn = false
    }

    /// The host that carries the expert.
    var host: HostID
    /// How many shards it runs at a time.
    var slots: Int
    /// Parked polls, oldest first: each is a credit for one shard.
    var credits: [PollTicket] = []
    /// Shards on the agent.
    var running: [ShardID: Running] = [:]
    /// Shards that wait for a credit.
    var waiting = FairQueue()

    /// How busy the expert is.
    var load: ExpertLoad {
        ExpertLoad(credits: credits.count, running: running.count, waiting: waiting.count, slots: slots)
    }
}
