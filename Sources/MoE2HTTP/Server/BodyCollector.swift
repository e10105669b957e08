import Hummingbird

/// Reads a request's body within the limits of size and time.
enum BodyCollector {
    /// The body's bytes.
    /// - Throws: 413 when it is too large, 408 when it takes too long, 400 when the client breaks it off.
    static func collect(_ request: Request, limits: HTTPLimits) async throws -> [UInt8] {
        let declared = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard declared <= limits.bodyBytes else { throw tooLarge(limits) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(declared)
        let deadline = ContinuousClock.now + limits.bodyTime
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= limits.bodyBytes else { throw tooLarge(limits) }
            bytes.append(contentsOf: buffer.readableBytesView)
            if bytes.count < declared || declared == 0, ContinuousClock.now > deadline {
                throw APIError(
                    .requestTimeout,
                    type: "timeout",
                    code: "request_timeout",
                    "the body took longer than \(limits.bodyTime) to arrive"
                )
            }
        }
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
