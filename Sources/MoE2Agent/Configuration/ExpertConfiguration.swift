import MoE2Backends
import MoE2Configuration
import MoE2Core

/// One expert of the host and its model server.
struct ExpertConfiguration: Decodable, Sendable, Hashable {
    /// The kind of model server.
    enum Kind: String, Decodable, Sendable, CaseIterable {
        /// A llama.cpp server that the agent starts for a GGUF file.
        case llamaCpp = "llama.cpp"
        /// A server with the OpenAI interface that runs already.
        case openAI = "openai"
    }

    /// What the model server is started from or found at.
    enum Server: Sendable, Hashable {
        case llamaCpp(LlamaSettings)
        case openAI(OpenAISettings)
    }

    var id: ExpertID
    var kind: Kind
    var slots: Int
    var server: Server
    /// Prompt tokens a second and tokens a second and slot, until they are measured; 0 when not known.
    var prefillRate: Double
    var decodeRate: Double
    /// Whether the server is tried with a short prompt once it is ready, so that its rates are known from the start.
    var warmUp: Bool

    /// Only the keys that the kind of server has are asked for, so that the others count as unknown.
    private enum CodingKeys: String, CodingKey {
        case id, backend, model, slots, prefillRate, decodeRate, warmUp, context
        case command, arguments, threads, gpuLayers, port, startLimit
        case url, apiKeyFile, scoring, embeds
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(ExpertID.self, forKey: .id)
        kind = try values.value(.backend, default: .llamaCpp)
        slots = try values.value(.slots, default: 1, rule: "must be 1 to 256") { (1...256).contains($0) }
        let isRate = { (rate: Double) in rate.isFinite && rate >= 0 }
        prefillRate = try values.value(.prefillRate, default: 0, rule: "must be tokens a second, 0 or more", isRate)
        decodeRate = try values.value(.decodeRate, default: 0, rule: "must be tokens a second, 0 or more", isRate)
        switch kind {
        case .llamaCpp:
            server = .llamaCpp(try Self.llama(values, id: id, slots: slots))
            warmUp = try values.value(.warmUp, default: true)
        case .openAI:
            server = .openAI(try Self.openAI(values, id: id))
            warmUp = try values.value(.warmUp, default: false)
        }
    }

    private static func llama(
        _ values: KeyedDecodingContainer<CodingKeys>,
        id: ExpertID,
        slots: Int
    ) throws -> LlamaSettings {
        LlamaSettings(
            expert: id,
            model: try values.decode(String.self, forKey: .model),
            command: try values.value(
                .command,
                default: ["llama-server"],
                rule: "must be a program and its arguments"
            ) { !$0.isEmpty && !$0[0].isEmpty },
            arguments: try values.value(.arguments, default: []),
            slots: slots,
            threads: try values.value(.threads, default: nil, rule: "must be 1 to 1024") {
                (1...1024).contains($0 ?? 1)
            },
            context: try context(values),
            gpuLayers: try values.value(.gpuLayers, default: nil, rule: "must be 0 or more") { ($0 ?? 0) >= 0 },
            port: try values.value(.port, default: nil, rule: "must be 1 to 65535") { (1...65535).contains($0 ?? 1) },
            startLimit: try values.value(.startLimit, default: .seconds(600), rule: "must be 1s or more") {
                $0 >= .seconds(1)
            }
        )
    }

    private static func openAI(_ values: KeyedDecodingContainer<CodingKeys>, id: ExpertID) throws -> OpenAISettings {
        let keyFile = try values.decodeIfPresent(String.self, forKey: .apiKeyFile)
        return OpenAISettings(
            expert: id,
            url: try values.decode(String.self, forKey: .url),
            model: try values.decodeIfPresent(String.self, forKey: .model),
            apiKey: try keyFile.map { try SecretFile.read($0, key: "api_key_file") },
            context: try context(values),
            scoring: try values.decodeIfPresent(ChoiceScoring.self, forKey: .scoring),
            embeds: try values.value(.embeds, default: false)
        )
    }

    private static func context(_ values: KeyedDecodingContainer<CodingKeys>) throws -> Int? {
        try values.value(.context, default: nil, rule: "must be 64 to 16777216 tokens") {
            (64...16_777_216).contains($0 ?? 64)
        }
    }
}
