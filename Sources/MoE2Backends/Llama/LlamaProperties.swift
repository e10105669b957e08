/// What llama.cpp's `/props` says, as far as it matters.
struct LlamaProperties: Decodable, Hashable, Sendable {
    struct Defaults: Decodable, Hashable, Sendable {
        /// The context of a slot, in tokens.
        var contextLength: Int?

        private enum CodingKeys: String, CodingKey { case contextLength = "n_ctx" }
    }

    var slots: Int?
    var alias: String?
    var fileType: String?
    var defaults: Defaults?

    private enum CodingKeys: String, CodingKey {
        case slots = "total_slots"
        case alias = "model_alias"
        case fileType = "model_ftype"
        case defaults = "default_generation_settings"
    }

    /// Whether this is llama.cpp at all: any JSON object decodes.
    var isLlama: Bool { slots != nil && defaults != nil }
}
