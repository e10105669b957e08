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
    /// The largest reply that is read whole, in bytes, and the most JSON values in it: long prompts have many tokens.
    static let maximumReplyBytes = 8 << 20
    static let maximumReplyValues = 1_000_000

    private static let deadlines = DeadlineQueue()

    /// Where it is, such as `http://127.0.0.1:8081`, without a slash at the end.
    let base: String
    /// Goes with every request, when there is one.
    let apiKey: String?
    /// Whether a connection serves more than one request.
    var keepsConnections: Bool

    /// What `base` says; nil when it is no URL.
    private let address: ServerAddress?
    private let pathPrefix: String

    init(base: String, apiKey: String?, keepsConnections: Bool = false) {
        self.base = base
        self.apiKey = apiKey
        self.keepsConnections = keepsConnections
        let url = URL(string: base)
        address = url.flatMap { ServerAddress(url: $0) }
        pathPrefix = url?.path(percentEncoded: true) ?? ""
    }

    /// The reply to a request for `path`, decoded.
    func get<Reply: Decodable>(_ type: Reply.Type, _ path: String, timeout: Duration) async throws -> Reply {
        let bytes = try await bytes(path, body: nil, trace: "", timeout: timeout)
        return try understand(bytes, path) { try JSONDecoder().decode(type, from: Data(bytes)) }
    }

    /// The reply to `body` sent to `path`, as `read` understands it.
    func post<Reply>(
        _ path: String,
        _ body: JSONTree,
        trace: String = "",
        timeout: Duration,
        _ read: (JSONDocument) throws -> Reply
    ) async throws -> Reply {
        let bytes = try await bytes(path, body: body, trace: trace, timeout: timeout)
        return try understand(bytes, path) {
            try read(JSONDocument(bytes, maximumValues: Self.maximumReplyValues))
        }
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
        try await exchange(path, body: body, trace: trace, timeout: timeout) { connection in
            var parser = SSEParser()
            while true {
                let reply = try await connection.next()
                guard reply.status == .ok else { throw try await refusal(reply, connection) }
                for event in try reply.body.withUnsafeReadableBytes({ try parser.push($0) }) {
                    guard try await take(event) else { return }
                }
                guard reply.isComplete else { continue }
                if let event = try parser.finish() { _ = try await take(event) }
                return
            }
        }
    }

    /// The whole reply.
    private func bytes(_ path: String, body: JSONTree?, trace: String, timeout: Duration) async throws -> [UInt8] {
        try await exchange(path, body: body, trace: trace, timeout: timeout) { connection in
            let first = try await connection.next()
            guard first.status == .ok else { throw try await refusal(first, connection) }
            return try await rest(after: first, connection)
        }
    }

    private func refusal(_ first: ServerReply, _ connection: ServerConnection) async throws -> StatusError {
        let text = String(decoding: try await rest(after: first, connection), as: UTF8.self)
        return ServerRefusal(status: Int(first.status?.code ?? 0), text: text).error(url: base)
    }

    private func rest(after first: ServerReply, _ connection: ServerConnection) async throws -> [UInt8] {
        var reply = first
        var bytes = Array(first.body.readableBytesView)
        while !reply.isComplete {
            reply = try await connection.next()
            bytes += reply.body.readableBytesView
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

    // MARK: Exchanges

    /// Sends a request and lets `read` take the reply, with every error turned into one that names the cause and the cure.
    private func exchange<Value>(
        _ path: String,
        body: JSONTree?,
        trace: String,
        timeout: Duration,
        _ read: (ServerConnection) async throws -> Value
    ) async throws -> Value {
        do {
            guard let address else {
                throw StatusError(.failedPrecondition, "'\(base)' is no URL: write it like http://127.0.0.1:8080")
            }
            let request = try request(path, to: address, body: body, trace: trace)
            let deadline = ContinuousClock.now + max(.milliseconds(1), timeout)
            if keepsConnections, let kept = ServerConnections.shared.kept(to: address) {
                do {
                    return try await exchange(request, on: kept, until: deadline, read)
                } catch  where kept.endedSilently {}
            }
            return try await exchange(request, on: ServerConnections.shared.new(to: address), until: deadline, read)
        } catch let error as StatusError {
            throw error
        } catch {
            if Task.isCancelled || error is CancellationError { throw CancellationError() }
            throw TransportFailure(error).error(url: base)
        }
    }

    private func exchange<Value>(
        _ request: ServerRequest,
        on connection: ServerConnection,
        until deadline: ContinuousClock.Instant,
        _ read: (ServerConnection) async throws -> Value
    ) async throws -> Value {
        let exchange = connection.send(request)
        let timeIsUp = Self.deadlines.schedule(after: deadline - .now) {
            connection.abort(exchange, .deadlineExceeded)
        }
        defer { Self.deadlines.cancel(timeIsUp) }
        return try await withTaskCancellationHandler {
            do {
                let value = try await read(connection)
                connection.finish(exchange, keeps: keepsConnections)
                return value
            } catch {
                connection.finish(exchange, keeps: false)
                throw error
            }
        } onCancel: {
            connection.abort(exchange, .cancelled)
        }
    }

    private func request(
        _ path: String,
        to address: ServerAddress,
        body: JSONTree?,
        trace: String
    ) throws(StatusError) -> ServerRequest {
        var headers = HTTPHeaders()
        headers.reserveCapacity(6)
        headers.add(name: "host", value: address.authority)
        if !keepsConnections { headers.add(name: "connection", value: "close") }
        if let apiKey { headers.add(name: "authorization", value: "Bearer \(try Self.checked(apiKey, "API key"))") }
        if !trace.isEmpty { headers.add(name: "traceparent", value: try Self.checked(trace, "trace")) }
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: pathPrefix + path)
        guard let body else {
            head.headers = headers
            return ServerRequest(head: head)
        }
        let bytes = body.bytes
        headers.add(name: "content-type", value: "application/json")
        headers.add(name: "content-length", value: String(bytes.count))
        head.method = .POST
        head.headers = headers
        return ServerRequest(head: head, body: ByteBuffer(bytes: bytes))
    }

    /// What may stand in a header: a line break would begin another one.
    private static func checked(_ value: String, _ what: String) throws(StatusError) -> String {
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw StatusError(.invalidArgument, "the \(what) has a character that no HTTP header may have")
        }
        return value
    }

    private func understand<Reply>(_ bytes: [UInt8], _ path: String, _ read: () throws -> Reply) throws -> Reply {
        do {
            return try read()
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
}
