import AsyncHTTPClient
import FoundationEssentials
public import MoE2Gating
import NIOCore

/// Dense embeddings from any server with OpenAI's `/v1/embeddings`.
///
/// The gate's encoder is a pure function, so the embeddings are fetched before it is used: `encoder(for:)` asks for all
/// texts and returns a table.
public struct EmbeddingServer: Sendable {
    /// Texts a request.
    public static let batch = 32
    /// The longest that one request for a training set may take.
    public static let timeout = Duration.seconds(60)
    /// The largest reply that is read.
    public static let maximumReplyBytes = 32 << 20

    /// What the identity of every such encoder starts with; the model's name and the dimension follow.
    public static let identityPrefix = "embeddings/1/"

    private let endpoint: String
    private let model: String

    /// The server at `url`, with or without `/v1` at the end, asked for `model`.
    ///
    /// - Throws: `CalibrationError` when `url` is no HTTP address.
    public init(url: String, model: String) throws(CalibrationError) {
        guard let parsed = URL(string: url), let scheme = parsed.scheme, ["http", "https"].contains(scheme),
            parsed.host?.isEmpty == false
        else { throw CalibrationError(.badInput, "'\(url)' is no HTTP address such as http://127.0.0.1:8080") }
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        endpoint = (base.hasSuffix("/v1") ? base : base + "/v1") + "/embeddings"
        self.model = model
    }

    /// An encoder that knows `texts`; its identity names the model and the dimension.
    ///
    /// - Throws: `CalibrationError` when the server cannot be reached or answers something else; `GatingError` when the
    ///   embeddings do not fit together.
    public func encoder(for texts: [String]) async throws -> TabulatedEncoder {
        let distinct = Array(Set(texts)).sorted()
        var table: [String: [Float]] = [:]
        for start in stride(from: 0, to: distinct.count, by: Self.batch) {
            let part = Array(distinct[start..<min(start + Self.batch, distinct.count)])
            let found = try await embeddings(of: part, timeout: Self.timeout)
            for (text, embedding) in zip(part, found) { table[text] = embedding }
        }
        let dimension = table.values.first?.count ?? 0
        return try TabulatedEncoder(
            identity: "\(Self.identityPrefix)\(model)/\(dimension)",
            embeddings: table
        )
    }

    private struct Body: Encodable {
        let model: String
        let input: [String]
    }

    private struct Reply: Decodable {
        struct Item: Decodable {
            let index: Int
            let embedding: [Float]
        }

        let data: [Item]
    }

    /// The embeddings of `texts`, at most ``batch`` of them, in one request.
    ///
    /// - Throws: `CalibrationError` when the server cannot be reached, takes longer than `timeout` or answers something else.
    public func embeddings(of texts: [String], timeout: Duration) async throws -> [[Float]] {
        let bytes = try JSONEncoder().encode(Body(model: model, input: texts))
        var request = HTTPClientRequest(url: endpoint)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: bytes))
        let reply: Reply
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: TimeAmount(timeout))
            let body = try await response.body.collect(upTo: Self.maximumReplyBytes)
            guard response.status.code == 200 else {
                throw CalibrationError(
                    .server,
                    "\(endpoint) answered \(response.status.code): is it an embeddings server?"
                )
            }
            reply = try JSONDecoder().decode(Reply.self, from: Data(body.readableBytesView))
        } catch let error as CalibrationError {
            throw error
        } catch is DecodingError {
            throw CalibrationError(.server, "\(endpoint) did not answer with OpenAI's embeddings: check the address")
        } catch {
            throw CalibrationError(.server, "\(endpoint) cannot be reached (\(error)): start it or correct the address")
        }
        let sorted = reply.data.sorted { $0.index < $1.index }
        guard sorted.map(\.index) == Array(texts.indices) else {
            throw CalibrationError(.server, "\(endpoint) answered \(sorted.count) embeddings to \(texts.count) texts")
        }
        return sorted.map(\.embedding)
    }
}
