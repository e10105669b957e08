import HTTPTypes
import MoE2Core

/// A request of `/v1/chat/completions` or `/v1/completions`.
struct CompletionRequest: Sendable {
    /// Tokens an answer may have when the request does not say.
    static let defaultMaxTokens = 512
    /// The most answers to one prompt, and prompts of one request.
    static let maximumAnswers = 16
    /// The most bytes of JSON that are passed on with a request or a message.
    static let maximumExtensionBytes = 1 << 18

    var isChat: Bool
    /// The model as it was asked for.
    var model: String
    /// The conversations to answer; more than one only when `/v1/completions` gets several prompts.
    var conversations: [[Message]]
    /// How many answers each conversation gets.
    var answers: Int
    var isStream: Bool
    /// Whether a stream ends with a chunk that carries the usage.
    var includesUsage: Bool
    /// Whether the answer repeats the prompt.
    var echoes: Bool
    var decoding: Decoding
    var options: FleetOptions

    init(_ body: BodyReader, _ headers: HTTPFields, isChat: Bool) throws(APIError) {
        try Parameters.check(body, isChat: isChat)
        self.isChat = isChat
        guard let model = try body.string("model") else { throw body.missing("model") }
        self.model = model
        answers = try body.integer("n", 1...Self.maximumAnswers) ?? 1
        isStream = try body.bool("stream") ?? false
        includesUsage = try body.object("stream_options")?.bool("include_usage") ?? false
        if isChat {
            conversations = [try Conversation.messages(body)]
            echoes = false
            if let modalities = try body.strings("modalities", atMost: 8), modalities != ["text"] {
                throw .invalid("modalities", "'modalities': experts write text only", code: "unsupported_parameter")
            }
        } else {
            conversations = try Conversation.prompts(body, atMost: Self.maximumAnswers)
            echoes = try body.bool("echo") ?? false
            if let best = try body.integer("best_of", 1...Self.maximumAnswers), best > answers {
                throw .invalid("best_of", "'best_of' above 'n' is not supported; use moe2.mode 'best'")
            }
        }
        options = try FleetOptions(try body.object("moe2"), headers)
        decoding = try Self.decoding(body, isChat: isChat)
        try checkCombination()
    }

    private static func decoding(_ body: BodyReader, isChat: Bool) throws(APIError) -> Decoding {
        let range = 1...32_768
        var tokens = try body.integer("max_tokens", range)
        if isChat, let newer = try body.integer("max_completion_tokens", range) { tokens = newer }
        let extensions = body.passedOn(
            isChat ? Parameters.passedOn.union(Parameters.passedOnByChat) : Parameters.passedOn
        )
        guard extensions.utf8.count <= maximumExtensionBytes else {
            throw .invalid(
                "tools",
                "tools and other passed-on parameters have \(extensions.utf8.count) bytes; at most \(maximumExtensionBytes) are allowed"
            )
        }
        return Decoding(
            maxTokens: tokens ?? defaultMaxTokens,
            temperature: try body.number("temperature", 0...2) ?? 0,
            topP: try body.number("top_p", 0...1) ?? 1,
            seed: try body.integer64("seed"),
            stop: try body.strings("stop", atMost: Decoding.maximumStops) ?? [],
            topLogProbabilities: try logProbabilities(body, isChat: isChat),
            extensionsJSON: extensions
        )
    }

    private static func logProbabilities(_ body: BodyReader, isChat: Bool) throws(APIError) -> Int? {
        guard isChat else { return try body.integer("logprobs", 0...20) }
        let top = try body.integer("top_logprobs", 0...20)
        guard try body.bool("logprobs") ?? false else {
            guard top == nil else { throw .invalid("top_logprobs", "'top_logprobs' needs 'logprobs': true") }
            return nil
        }
        return top ?? 0
    }

    private func checkCombination() throws(APIError) {
        guard options.mode != .route else { return }
        if decoding.topLogProbabilities != nil {
            throw .invalid("logprobs", "'logprobs' are those of one expert: they need moe2.mode 'route'")
        }
        if decoding.extensionsJSON.contains("\"tools\"") {
            throw .invalid("tools", "'tools' are called by one expert: they need moe2.mode 'route'")
        }
    }

    /// The query of answer `index`, conversation by conversation.
    func query(_ index: Int, expert: ExpertID?, traceParent: String) -> Query {
        var decoding = decoding
        let answer = index % answers
        // The answers to one prompt are to differ, and to be the same again for the same seed.
        if answer > 0, let seed = decoding.seed { decoding.seed = seed &+ Int64(answer) }
        return Query(
            id: .random(),
            messages: conversations[index / answers],
            category: options.category,
            budget: options.budget,
            mode: options.mode,
            teamSize: options.teamSize,
            choices: options.choices,
            decoding: decoding,
            expert: expert,
            mayQueue: options.mayQueue,
            priority: options.priority,
            explain: options.explain,
            traceParent: traceParent,
            isStreamed: isStream
        )
    }

    /// Answers in all.
    var count: Int { conversations.count * answers }
}
