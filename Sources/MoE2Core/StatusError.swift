/// An error that crosses the wire: a code for programs, a message that names the cause and the cure for people.
public struct StatusError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// What kind of failure it is.
    public var code: StatusCode
    /// The cause, and what would cure it.
    public var message: String
    /// The smallest energy per query at which the call would have been admitted, when a budget was the cause.
    public var smallestEnergy: Energy?
    /// The smallest latency at which the call would have been admitted, when a budget was the cause.
    public var smallestLatency: Duration?
    /// When the caller may try again, where that is known.
    public var retryAfter: Duration?

    /// An error of kind `code` with a message that names the cause and the cure.
    public init(
        _ code: StatusCode,
        _ message: String,
        smallestEnergy: Energy? = nil,
        smallestLatency: Duration? = nil,
        retryAfter: Duration? = nil
    ) {
        self.code = code
        self.message = message
        self.smallestEnergy = smallestEnergy
        self.smallestLatency = smallestLatency
        self.retryAfter = retryAfter
    }

    public var description: String { "\(code.name): \(message)" }
}
