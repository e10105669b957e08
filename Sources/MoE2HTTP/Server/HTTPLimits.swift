public import NIOCore

/// The bounds of what a client may take from the HTTP doors.
public struct HTTPLimits: Sendable {
    /// The largest body that is read; a larger one is answered with 413.
    public var bodyBytes = 4 << 20
    /// The largest file that is taken for a batch.
    public var fileBytes = 32 << 20
    /// How long a file may take to arrive.
    public var fileTime = Duration.seconds(300)
    /// A body larger than this ends the connection.
    public var drainedBytes = 64 << 20
    /// All header fields together.
    public var headerBytes = 32 << 10
    /// The number of header fields.
    public var headerFields = 100
    /// Connections of a door at a time; more wait in the backlog.
    public var connections = 1024
    /// Requests that are being answered at a time; more are answered with 429.
    public var requests = 512
    /// How long a connection may be silent between requests, or in the middle of one.
    public var idle = TimeAmount.seconds(60)
    /// How long a request's body may take to arrive; then it is answered with 408.
    public var bodyTime = Duration.seconds(30)
    /// How long a client may not read what it is sent; then the connection ends.
    public var writeStall = TimeAmount.seconds(30)

    /// The default limits.
    public init() {}
}
