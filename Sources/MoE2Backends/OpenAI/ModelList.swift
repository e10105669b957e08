import MoE2Core

/// What `/v1/models` says, as far as it matters.
struct ModelList: Decodable, Hashable, Sendable {
    struct Model: Decodable, Hashable, Sendable {
        var id: String
        var owner: String?
        /// vLLM: the longest prompt plus answer.
        var longest: Int?
        /// llama.cpp.
        var meta: Meta?

        private enum CodingKeys: String, CodingKey {
            case id, meta
            case owner = "owned_by"
            case longest = "max_model_len"
        }
    }

    struct Meta: Decodable, Hashable, Sendable {
        var contextLength: Int?
        var parameters: UInt64?
        var bytes: UInt64?
        var fileType: String?

        private enum CodingKeys: String, CodingKey {
            case contextLength = "n_ctx"
            case parameters = "n_params"
            case bytes = "size"
            case fileType = "ftype"
        }
    }

    var data: [Model]

    /// The model called `name`, or the only one when `name` is nil.
    /// - Throws: `failedPrecondition` that lists the models that are there.
    func model(_ name: String?, url: String) throws(StatusError) -> Model {
        if let name, let found = data.first(where: { $0.id == name }) { return found }
        if name == nil, data.count == 1, let only = data.first { return only }
        let known = data.prefix(8).map(\.id).joined(separator: ", ")
        throw StatusError(
            .failedPrecondition,
            data.isEmpty
                ? "the model server at \(url) offers no model: load one there"
                : "the model server at \(url) has \(name.map { "no model '\($0)'" } ?? "more than one model"): "
                    + "set 'model' to one of \(known)"
        )
    }
}

extension ModelList.Model {
    /// What kind of server offers this model.
    var dialect: ServerDialect {
        switch owner {
        case "llamacpp": .llamaCpp
        case "vllm": .vLLM
        default: .other
        }
    }
}
