import MoE2Core

/// Builds the body of `/v1/chat/completions` for a shard.
struct ChatRequest {
    /// Members that a query's extensions may not replace: the agent depends on them.
    private static let reserved: Set<String> = [
        "messages", "model", "stream", "stream_options", "n", "max_tokens", "max_completion_tokens",
    ]

    /// The name of the model, empty to leave it to the server.
    var model: String
    var dialect: ServerDialect

    /// The body that makes the server stream its answer to `shard`.
    /// - Throws: `invalidArgument` when the extensions are no JSON object.
    func streaming(_ shard: Shard) throws(StatusError) -> JSONTree {
        var body = try base(shard)
        body["stream"] = true
        body["stream_options"] = .object(["include_usage": true])
        return .object(body)
    }

    /// The body that makes the server write exactly `choice` and tell the log-probability of each of its tokens.
    func grammarScoring(_ shard: Shard, choice: String) throws(StatusError) -> JSONTree {
        var body = try base(shard)
        body["grammar"] = .string("root ::= \(GBNF.quoted(choice))")
        // Every token stands for at least a byte; one more for the end.
        body["max_tokens"] = .integer(Int64(choice.utf8.count + 2))
        body["temperature"] = 0
        // llama.cpp's server reports none when asked for 0 alternatives.
        body["logprobs"] = true
        body["top_logprobs"] = 1
        return .object(body)
    }

    /// The body that makes the server tell the log-probability of every token of the prompt, `choice` at its end.
    func promptScoring(_ shard: Shard, choice: String) throws(StatusError) -> JSONTree {
        var shard = shard
        if shard.messages.last?.role == .assistant {
            shard.messages[shard.messages.count - 1].content += choice
        } else {
            shard.messages.append(Message(role: .assistant, content: choice))
        }
        var body = try base(shard)
        body["max_tokens"] = 1
        body["temperature"] = 0
        body["prompt_logprobs"] = 0
        return .object(body)
    }

    /// The body of `/v1/completions` that makes the server repeat its prompt, which ends with `choice`.
    func echoScoring(_ shard: Shard, choice: String) -> (body: JSONTree, promptBytes: Int) {
        let prompt = shard.messages.map(\.content).joined(separator: "\n")
        var body: [String: JSONTree] = [
            "prompt": .string(prompt + choice), "max_tokens": 1, "temperature": 0, "echo": true, "logprobs": 1,
        ]
        if !model.isEmpty { body["model"] = .string(model) }
        return (.object(body), prompt.utf8.count)
    }

    private func base(_ shard: Shard) throws(StatusError) -> [String: JSONTree] {
        let decoding = shard.decoding
        var body = Dictionary<String, JSONTree>(minimumCapacity: 16)
        for (name, value) in try Self.extensions(decoding.extensionsJSON, of: "decoding")
        where !Self.reserved.contains(name) {
            body[name] = value
        }
        var messages: [JSONTree] = []
        messages.reserveCapacity(shard.messages.count)
        for message in shard.messages { messages.append(try Self.message(message)) }
        body["messages"] = .array(messages)
        if !model.isEmpty { body["model"] = .string(model) }
        body["max_tokens"] = .integer(Int64(decoding.maxTokens))
        body["temperature"] = .number(decoding.temperature)
        body["top_p"] = .number(decoding.topP)
        if let seed = decoding.seed { body["seed"] = .integer(seed) }
        if !decoding.stop.isEmpty { body["stop"] = .array(decoding.stop.map { .string($0) }) }
        if let alternatives = decoding.topLogProbabilities {
            body["logprobs"] = true
            let least = dialect == .llamaCpp ? 1 : 0
            body["top_logprobs"] = .integer(Int64(max(least, alternatives)))
        }
        if dialect == .vLLM, shard.messages.last?.role == .assistant {
            body["add_generation_prompt"] = false
            body["continue_final_message"] = true
        }
        return body
    }

    private static func message(_ message: Message) throws(StatusError) -> JSONTree {
        var members = try extensions(message.extensionsJSON, of: "a message")
        members["role"] = .string(message.role.description)
        members["content"] = .string(message.content)
        return .object(members)
    }

    private static func extensions(_ text: String, of what: String) throws(StatusError) -> [String: JSONTree] {
        guard !text.isEmpty else { return [:] }
        guard let members = JSONTree(parsing: text)?.members else {
            throw StatusError(.invalidArgument, "the extensions of \(what) are no JSON object")
        }
        return members
    }
}
