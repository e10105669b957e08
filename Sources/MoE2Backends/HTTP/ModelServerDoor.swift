import AsyncHTTPClient
import FoundationEssentials
import MoE2Core
import NIOCore
import NIOHTTP1

/// A model server's HTTP interface.
///
/// Every request to llama.cpp's server has a connection of its own: it closes connections without announcing it, after a
/// stream, after 100 requests and after 5 s, and a request sent into that would fail although nothing is wrong. Connections to
/// other servers are kept; a request that finds its connection closed before any reply is sent once more.
struct ModelServerDoor: Sendable {
    /// The largest reply that is read whole, in bytes.
    static let maximumReplyBytes = 8 << 20

    /// Where it is, such as `http://127.0.0.1:8081`, without a slash at the end.
    let base: String
    /// Goes with every request, when there is one.
    let apiKey: String?
    /// Whether a connection serves more than one request.
    var keepsConnections = false

    /// The reply to a request for `path`, decoded.
    func get<Reply: Decodable>(_ type: Reply.Type, _ path: String, timeout: Duration) async throws -> Reply {
        try decode(type, try await bytes(request(path, body: nil, trace: ""), timeout: timeout), path)
    }

    /// The reply to `body` sent to `path`, decoded.
    func post<Reply: Decodable>(
        _ type: Reply.Type,
        _ path: String,
        _ body: JSONTree,
        trace: String = "",
        timeout: Duration
    ) async throws -> Reply {
        try decode(type, try await bytes(request(path, body: body, trace: trace), timeout: timeout), path)
    }

    /// Sends `body` to `path` and hands every event of the reply to `take` until that returns false or the stream ends.
    /// Cancelling the task closes the connection, which stops the server.
    /// - Throws: ``StatusError``; `CancellationError`.
    func events(
        _ path: String,
        _ body: JSONTree,
        trace: String = "",
        timeout: Duration,
        _ take: (SSEEvent) async throws -> Bool
    ) async throws {
        try await mapErrors {
            let response = try await send(request(path, body: body, trace: trace), timeout: timeout)
            var parser = SSEParser()
            var pieces = response.body.makeAsyncIterator()
            while let piece = try await pieces.next() {
                for event in try parser.push(piece.readableBytesView) {
                    guard try await take(event) else { return finishReading(pieces) }
                }
            }
            if let event = try parser.finish() { _ = try await take(event) }
        }
    }

    /// Reads what still comes after the last event, so that the connection can be kept. Bounded by the request's deadline.
    private func finishReading(_ pieces: sending HTTPClientResponse.Body.AsyncIterator) {
        guard keepsConnections else { return }
        Task {
            var pieces = pieces
            while try await pieces.next() != nil {}
        }
    }

    private func request(_ path: String, body: JSONTree?, trace: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base + path)
        if !keepsConnections { request.headers.add(name: "connection", value: "close") }
        if let apiKey { request.headers.add(name: "authorization", value: "Bearer \(apiKey)") }
        if !trace.isEmpty { request.headers.add(name: "traceparent", value: trace) }
        if let body {
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.bytes))
        }
        return request
    }

    private func bytes(_ request: HTTPClientRequest, timeout: Duration) async throws -> [UInt8] {
        try await mapErrors { try await read(send(request, timeout: timeout)) }
    }

    /// Sends a request; a reply other than 200 is thrown.
    private func send(_ request: HTTPClientRequest, timeout: Duration) async throws -> HTTPClientResponse {
        let nanoseconds = Int64(max(1e6, min(timeout.seconds, 86_400) * 1e9))
        let deadline = NIODeadline.now() + .nanoseconds(nanoseconds)
        let response: HTTPClientResponse
        do {
            response = try await ModelServerClient.shared.execute(request, deadline: deadline)
        } catch  where keepsConnections && Self.wasClosedBefore(error) {
            response = try await ModelServerClient.shared.execute(request, deadline: deadline)
        }
        guard response.status == .ok else {
            let text = String(decoding: try await read(response), as: UTF8.self)
            throw ServerRefusal(status: Int(response.status.code), text: text).error(url: base)
        }
        return response
    }

    /// Whether the server had closed the kept connection before it took the request.
    private static func wasClosedBefore(_ error: any Error) -> Bool {
        if case ChannelError.ioOnClosedChannel = error { return true }
        return (error as? HTTPClientError) == .remoteConnectionClosed
    }

    private func read(_ response: HTTPClientResponse) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in response.body {
            bytes += piece.readableBytesView
            guard bytes.count <= Self.maximumReplyBytes else {
                throw StatusError(
                    .dataLoss,
                    "\(base) sent more than \(Self.maximumReplyBytes) bytes where a short reply was expected; "
                        + "is it a model server?"
                )
            }
        }
        return bytes
    }

    private func decode<Reply: Decodable>(_ type: Reply.Type, _ bytes: [UInt8], _ path: String) throws -> Reply {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            let start = String(decoding: bytes.prefix(60), as: UTF8.self).filter { !$0.isNewline }
            throw StatusError(
                .failedPrecondition,
                """
                \(base)\(path) does not answer as a model server does (it says '\(start)'): check the address, it must be \
                an OpenAI-compatible server
                """
            )
        }
    }

    /// Runs `body` with every error turned into one that names the cause and the cure.
    private func mapErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as StatusError {
            throw error
        } catch {
            if Task.isCancelled || error is CancellationError { throw CancellationError() }
            throw TransportFailure(error).error(url: base)
        }
    }
}
