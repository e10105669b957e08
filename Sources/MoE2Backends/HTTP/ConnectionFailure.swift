/// Why an exchange with a model server came to nothing, when it is not an error of the network library's.
enum ConnectionFailure: Error, Hashable {
    /// The server closed the connection before the end of its reply.
    case closed
    /// The time was up.
    case deadlineExceeded
    /// Nobody waits for the reply any more.
    case cancelled
}
