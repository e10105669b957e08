/// What a handler knows of a call besides its request.
public struct CallContext: Sendable {
    /// Who calls.
    public var peer: Peer
    /// When the caller stops waiting; nil when it waits for ever.
    public var deadline: ContinuousClock.Instant?
    /// The caller's API token; nil when it gave none.
    public var authorization: String?

    /// Time left until the deadline.
    public var timeLeft: Duration? { deadline.map { $0 - .now } }
}
