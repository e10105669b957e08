import Hummingbird

/// Reads a request's body within the limits of size and time.
enum BodyCollector {
    /// Many clients read no answer before they have sent everything: of a body that is too large, this many times the limit
    /// is read and thrown away, so that they hear why.
    private static let drainFactor = 4

    /// The body's bytes.
    /// - Throws: 413 when it is too large, 408 when it takes too long, 400 when the client breaks it off.
    static func collect(_ request: Request, limits: HTTPLimits) async throws -> [UInt8] {
        let declared = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(declared, limits.bodyBytes))
        var received = 0
        let deadline = ContinuousClock.now + limits.bodyTime
        for try await buffer in request.body {
            received += buffer.readableBytes
            if max(declared, received) <= limits.bodyBytes {
                bytes.append(contentsOf: buffer.readableBytesView)
            } else if received > drainFactor * limits.bodyBytes || ContinuousClock.now > deadline {
                throw tooLarge(limits)
            }
            if received < declared || declared == 0, ContinuousClock.now > deadline {
                throw APIError(
                    .requestTimeout,
                    type: "timeout",
                    code: "request_timeout",
                    "the body took longer than \(limits.bodyTime) to arrive"
                )
            }
        }
        guard max(declared, received) <= limits.bodyBytes else { throw tooLarge(limits) }
        return bytes
    }

    private static func tooLarge(_ limits: HTTPLimits) -> APIError {
        APIError(
            .contentTooLarge,
            code: "body_too_large",
            "the body is larger than \(limits.bodyBytes) bytes; send less at a time"
        )
    }
}
