import MoE2Core

/// Exchanges one request for one reply, as bytes: what a transport has to offer to a ``CallClient``.
protocol RequestChannel: Sendable {
    /// Sends `request` and returns the reply. A request may arrive twice; the envelope tells.
    /// - Throws: `deadlineExceeded` after `timeout`, `unavailable` when nobody can be reached, `cancelled`.
    func exchange(_ request: [UInt8], timeout: Duration) async throws(StatusError) -> [UInt8]

    /// Ends the connection.
    func close() async
}
