import MoE2Core

/// One event of a streamed chat completion, or a whole one that is not streamed.
struct ChatChunk {
    struct Choice {
        var delta: JSONValue?
        var message: JSONValue?
        var finishReason: String?
        var logProbabilities: JSONValue?
    }

    /// llama.cpp's own figures.
    struct Timings {
        var promptTokens: Int?
        var promptMilliseconds: Double?
        var predictedTokens: Int?
        var predictedMilliseconds: Double?
    }

    struct PromptToken {
        var logProbability: Double
        var text: String
    }

    /// What it was read from.
    let document: JSONDocument
    var choices: [Choice] = []
    var usage: TokenUsage?
    var timings: Timings?
    /// Whether it says that something went wrong in the middle of a stream.
    var isError: Bool
    /// vLLM's log-probabilities of the prompt: for every token a table of token id to figures, null for the first.
    var promptTokens: [PromptToken?]?

    /// What `document` says.
    /// - Throws: ``JSONError`` when it is no chat completion.
    init(_ document: JSONDocument) throws(JSONError) {
        self.document = document
        let root = document.root
        isError = try root.member("error") != nil
        for choice in try root.elements("choices") ?? [] { choices.append(try Choice(choice)) }
        usage = try TokenUsage(of: root)
        if let timings = try root.member("timings") { self.timings = try Timings(timings) }
        guard let tokens = try root.elements("prompt_logprobs") else { return }
        promptTokens = []
        for token in tokens { promptTokens?.append(try PromptToken(token)) }
    }
}

extension ChatChunk.Choice {
    fileprivate init(_ value: JSONValue) throws(JSONError) {
        delta = try value.member("delta")
        message = try value.member("message")
        finishReason = try value.string("finish_reason")
        logProbabilities = try value.member("logprobs")
    }
}

extension ChatChunk.Timings {
    fileprivate init(_ value: JSONValue) throws(JSONError) {
        promptTokens = try value.integer("prompt_n")
        promptMilliseconds = try value.number("prompt_ms")
        predictedTokens = try value.integer("predicted_n")
        predictedMilliseconds = try value.number("predicted_ms")
    }
}

extension ChatChunk.PromptToken {
    /// The figures of one token; nil when the server tells none.
    fileprivate init?(_ value: JSONValue) throws(JSONError) {
        guard !value.isNull else { return nil }
        guard case .object(let members) = value.kind else { throw value.isNot("an object") }
        guard let figures = members.first?.value else { return nil }
        guard let logProbability = try figures.number("logprob") else { throw figures.isNot("a token with a logprob") }
        self.logProbability = logProbability
        text = try figures.string("decoded_token") ?? ""
    }
}
