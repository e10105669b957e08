/// What becomes of each parameter of the OpenAI API; `docs/OPENAI.md` is the same table for people.
enum Parameters {
    /// Read here and acted upon, by both endpoints.
    private static let honoured: Set = [
        "model", "stream", "stream_options", "stop", "max_tokens", "temperature", "top_p", "seed", "n", "logprobs",
        "moe2",
    ]
    /// Passed on to the expert's model server as they are; it acts on them as far as it knows them.
    static let passedOn: Set = [
        "presence_penalty", "frequency_penalty", "logit_bias", "response_format", "reasoning_effort", "verbosity",
        "top_k", "min_p", "typical_p", "repeat_penalty", "repeat_last_n", "grammar", "json_schema", "guided_json",
        "guided_regex", "guided_choice", "chat_template_kwargs", "cache_prompt", "ignore_eos", "min_tokens",
    ]
    /// Passed on by the chat endpoint alone.
    static let passedOnByChat: Set = ["tools", "tool_choice", "parallel_tool_calls"]
    /// Without meaning for a fleet of one's own.
    private static let ignored: Set = [
        "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
    ]
    /// Refused with the cure, unless the value is harmless.
    private static let refused: [String: String] = [
        "functions": "use 'tools' instead",
        "function_call": "use 'tool_choice' instead",
        "audio": "no expert speaks",
        "prediction": "predicted outputs are not supported",
        "web_search_options": "no expert searches the web",
        "suffix": "no expert fills in the middle",
    ]

    /// Checks that every member of `body` is known.
    /// - Throws: ``APIError`` that names the first one that is not, or is refused.
    static func check(_ body: BodyReader, isChat: Bool) throws(APIError) {
        for name in body.names {
            if honoured.contains(name) || passedOn.contains(name) || ignored.contains(name) { continue }
            if isChat {
                if passedOnByChat.contains(name) { continue }
                if ["messages", "max_completion_tokens", "top_logprobs", "modalities"].contains(name) { continue }
            } else if ["prompt", "echo", "best_of"].contains(name) {
                continue
            }
            if let cure = refused[name] {
                throw .invalid(name, "'\(name)' is not supported: \(cure)", code: "unsupported_parameter")
            }
            throw .invalid(name, "unknown parameter '\(name.prefix(80))'", code: "unknown_parameter")
        }
    }
}
