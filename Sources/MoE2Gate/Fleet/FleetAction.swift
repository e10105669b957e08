import MoE2Core
import MoE2Wire

/// What the shell around ``FleetState`` has to do after an event.
enum FleetAction: Equatable, Sendable {
    /// Answer a parked poll.
    case answerPoll(PollTicket, PollReply)
    /// Tell whoever waits for the shard that it will not be finished.
    case failShard(ShardID, StatusError)
    /// Tell the planner that the fleet is not what it was.
    case fleetChanged(String)
}
