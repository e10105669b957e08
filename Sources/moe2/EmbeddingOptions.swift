import ArgumentParser
import MoE2Calibration
import MoE2Gating

/// Where dense embeddings come from; without a server the embedded n-grams are used.
struct EmbeddingOptions: ParsableArguments {
    @Option(
        name: .customLong("embeddings"),
        help: ArgumentHelp(
            "An OpenAI-compatible server whose /v1/embeddings turns prompts into features, such as http://127.0.0.1:8080.",
            valueName: "url"
        )
    )
    var server: String?

    @Option(name: .customLong("embedding-model"), help: "The name of the server's embedding model.")
    var model: String = "default"

    /// An encoder of `texts` for a new gate.
    func encoder(for texts: [String]) async throws -> any PromptEncoder {
        guard let server else { return HashedNgrams() }
        return try await EmbeddingServer(url: server, model: model).encoder(for: texts)
    }

    /// An encoder of `texts` that yields the features `gate` was trained on.
    /// - Throws: `GatingError` when the gate was trained on embeddings and no server or another model is named.
    func encoder(for texts: [String], of gate: GateModel) async throws -> any PromptEncoder {
        if let embedded = gate.embeddedEncoder { return embedded }
        guard server != nil else {
            throw GatingError(
                .poolMismatch,
                "the gate was trained on '\(gate.encoderIdentity)' features: name the server with --embeddings"
            )
        }
        let encoder = try await encoder(for: texts)
        guard encoder.identity == gate.encoderIdentity else {
            throw GatingError(
                .poolMismatch,
                "the gate was trained on '\(gate.encoderIdentity)' features, the server gives '\(encoder.identity)'"
            )
        }
        return encoder
    }
}
