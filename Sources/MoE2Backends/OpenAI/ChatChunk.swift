/// One event of a streamed chat completion, or a whole one that is not streamed.
struct ChatChunk: Decodable {
    struct Choice: Decodable {
        var delta: JSONTree?
        var message: JSONTree?
        var finishReason: String?
        var logprobs: JSONTree?

        private enum CodingKeys: String, CodingKey {
            case delta, message, logprobs
            case finishReason = "finish_reason"
        }
    }

    struct Usage: Decodable {
        var promptTokens: Int?
        var completionTokens: Int?

        private enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_tokens"
            case completionTokens = "completion_tokens"
        }
    }

    /// llama.cpp's own figures.
    struct Timings: Decodable {
        var promptTokens: Int?
        var promptMilliseconds: Double?
        var predictedTokens: Int?
        var predictedMilliseconds: Double?

        private enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_n"
            case promptMilliseconds = "prompt_ms"
            case predictedTokens = "predicted_n"
            case predictedMilliseconds = "predicted_ms"
        }
    }

    var choices: [Choice]?
    var usage: Usage?
    var timings: Timings?
    /// What went wrong in the middle of a stream.
    var error: JSONTree?
    /// vLLM's log-probabilities of the prompt: for every token a table of token id to figures, null for the first.
    var promptLogProbabilities: [[String: PromptToken]?]?

    struct PromptToken: Decodable {
        var logprob: Double
        var decodedToken: String?

        private enum CodingKeys: String, CodingKey {
            case logprob
            case decodedToken = "decoded_token"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case choices, usage, timings, error
        case promptLogProbabilities = "prompt_logprobs"
    }
}
