import Glibc
import HTTPTypes
import Hummingbird
import MoE2Core
import MoE2Gate

/// `/v1/embeddings`, passed to an expert that embeds.
struct EmbeddingRoutes: Sendable {
    private static let members: Set = ["model", "input", "encoding_format", "dimensions", "user"]

    let access: GateAccess
    let admission: Admission
    let limits: HTTPLimits

    func register(on router: some RouterMethods<DoorContext>) {
        router.post("v1/embeddings") { request, context in try await embed(request, context) }
    }

    private func embed(_ request: Request, _ context: DoorContext) async throws -> Response {
        let ticket = try admission.enter()
        let body = try BodyReader(try await BodyCollector.collect(request, limits: limits))
        if let unknown = body.names.first(where: { !Self.members.contains($0) }) {
            throw APIError.invalid(unknown, "unknown parameter '\(unknown.prefix(80))'", code: "unknown_parameter")
        }
        if body.value("dimensions") != nil {
            throw APIError.invalid("dimensions", "'dimensions': vectors come as long as the expert makes them")
        }
        guard let model = try body.string("model") else { throw body.missing("model") }
        guard let texts = try body.strings("input", atMost: QueryEngine.maximumEmbeddedTexts) else {
            throw body.missing("input")
        }
        let format = try body.string("encoding_format") ?? "float"
        guard format == "float" || format == "base64" else {
            throw APIError.invalid("encoding_format", "'encoding_format' must be 'float' or 'base64'")
        }
        let expert = try ModelName.expert(model, in: access)
        let trace = TraceParent.valid(request.headers)
        let client = context.client ?? ClientIdentity(name: "anonymous")
        let task = Task {
            defer { withExtendedLifetime(ticket) {} }
            return try await access.engine.embed(texts, expert: expert, client: client, traceParent: trace)
        }
        context.connection?.watch { task.cancel() }
        defer { context.connection?.unwatch() }
        let embedding = try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
        return ModelRoutes.response(Self.body(embedding, model: model, isBase64: format == "base64"))
    }

    private static func body(_ embedding: Embedding, model: String, isBase64: Bool) -> [UInt8] {
        JSONWriter.object { writer in
            writer.member("object", "list")
            writer.array("data") { writer in
                for (index, vector) in embedding.vectors.enumerated() {
                    writer.object { writer in
                        writer.member("object", "embedding")
                        writer.member("index", index)
                        if isBase64 {
                            writer.member("embedding", Base64.encode(vector))
                        } else {
                            writer.array("embedding") { writer in
                                for number in vector { writer.value(json: number.isFinite ? number.description : "0") }
                            }
                        }
                    }
                }
            }
            writer.member("model", model)
            writer.object("usage") { writer in
                writer.member("prompt_tokens", embedding.usage.promptTokens)
                writer.member("total_tokens", embedding.usage.promptTokens)
            }
            writer.object("moe2") { writer in
                writer.member("expert", embedding.expert.rawValue)
                writer.member("host", embedding.host.rawValue)
                writer.member("energy_j", embedding.usage.energy.joules)
                writer.member("energy_source", embedding.usage.energySource.description)
            }
        }
    }
}
