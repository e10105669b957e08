/// One event of the stream that answers a query: `decided`, then text, then `done`.
public enum QueryEvent: Hashable, Sendable {
    /// The team was picked. Comes again when a failure makes the gate pick another.
    case decided(TeamDecision)
    /// A piece of the answer's text, as it is written.
    case text(ShardChunk)
    /// The whole answer; the last event.
    case done(Answer)
}
