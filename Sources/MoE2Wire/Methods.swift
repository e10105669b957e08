public import MoE2Core

/// A call with one request and one reply.
public struct UnaryMethod<Request: WireMessage, Reply: WireMessage>: Sendable {
    /// Such as `moe2.v1.Agents/Hello`.
    public let name: String
}

/// A call with one request and a stream of replies.
public struct StreamingMethod<Request: WireMessage, Element: WireMessage>: Sendable {
    /// Such as `moe2.v1.Queries/Ask`.
    public let name: String
}

/// What an agent calls.
public enum AgentMethods {
    public static let challenge = UnaryMethod<ChallengeRequest, ChallengeReply>(name: "moe2.v1.Agents/Challenge")
    public static let hello = UnaryMethod<HelloRequest, HelloReply>(name: "moe2.v1.Agents/Hello")
    public static let report = UnaryMethod<ReportRequest, ReportReply>(name: "moe2.v1.Agents/Report")
    public static let poll = UnaryMethod<PollRequest, PollReply>(name: "moe2.v1.Agents/Poll")
    public static let chunks = UnaryMethod<ChunksRequest, ChunksReply>(name: "moe2.v1.Agents/Chunks")
    public static let finish = UnaryMethod<FinishRequest, FinishReply>(name: "moe2.v1.Agents/Finish")
    public static let leave = UnaryMethod<LeaveRequest, LeaveReply>(name: "moe2.v1.Agents/Leave")
}

/// What a client asks.
public enum QueryMethods {
    public static let ask = StreamingMethod<Query, QueryEvent>(name: "moe2.v1.Queries/Ask")
}

/// What a client sees and does of the fleet.
public enum FleetMethods {
    public static let snapshot = UnaryMethod<FleetRequest, FleetSnapshot>(name: "moe2.v1.Fleet/Snapshot")
    public static let drain = UnaryMethod<DrainRequest, DrainReply>(name: "moe2.v1.Fleet/Drain")
    public static let plan = UnaryMethod<PlanRequest, PlanReply>(name: "moe2.v1.Fleet/Plan")
}

/// What a client asks of the books.
public enum BookMethods {
    public static let energy = UnaryMethod<EnergyRequest, EnergyReply>(name: "moe2.v1.Books/Energy")
}
