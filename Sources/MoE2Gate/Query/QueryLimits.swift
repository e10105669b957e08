import MoE2Core

/// What a query may ask for at most.
enum QueryLimits {
    static let maximumPromptBytes = 1 << 20
    static let maximumMessages = 256
    static let maximumChoices = 64
    static let maximumChoiceBytes = 4096
    static let maximumTokens = 32_768
    static let maximumTeamSize = 8

    /// Checks what the wire cannot: whether the query makes sense.
    /// - Throws: `invalidArgument` that names the field, what is wrong with it and what would be right.
    static func check(_ query: Query) throws(StatusError) {
        func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(StatusError) {
            guard condition else { throw StatusError(.invalidArgument, message()) }
        }
        try require(!query.messages.isEmpty, "messages: empty; a query needs at least one message")
        try require(
            query.messages.count <= maximumMessages,
            "messages: \(query.messages.count) of them; at most \(maximumMessages) are allowed"
        )
        let bytes = query.messages.reduce(0) { $0 + $1.content.utf8.count }
        try require(bytes <= maximumPromptBytes, "messages: \(bytes) bytes; at most \(maximumPromptBytes) are allowed")
        try require(!query.prompt.isEmpty, "prompt: empty; the last message is the prompt")
        if let energy = query.budget.energy {
            try require(energy.isValidCost && energy > .zero, "max energy: \(energy.joules) J; it must be above 0 J")
        }
        if let latency = query.budget.latency {
            try require(latency > .zero, "max latency: \(latency.milliseconds) ms; it must be above 0 ms")
        }
        if let size = query.teamSize {
            try require(
                (1...maximumTeamSize).contains(size),
                "k: \(size); a team has 1 to \(maximumTeamSize) experts"
            )
        }
        try require(
            (1...maximumTokens).contains(query.decoding.maxTokens),
            "max tokens: \(query.decoding.maxTokens); it must be 1 to \(maximumTokens)"
        )
        try require(
            query.decoding.temperature.isFinite && (0...10).contains(query.decoding.temperature),
            "temperature: \(query.decoding.temperature); it must be 0 to 10"
        )
        try require(
            query.decoding.topP.isFinite && query.decoding.topP > 0 && query.decoding.topP <= 1,
            "top p: \(query.decoding.topP); it must be above 0 and at most 1"
        )
        try checkChoices(query)
    }

    private static func checkChoices(_ query: Query) throws(StatusError) {
        let choices = query.choices
        guard query.mode == .choice else {
            guard choices.isEmpty else {
                throw StatusError(.invalidArgument, "choices: only the mode 'choice' takes options")
            }
            return
        }
        guard (2...maximumChoices).contains(choices.count) else {
            throw StatusError(
                .invalidArgument,
                "choices: \(choices.count) of them; the mode 'choice' needs 2 to \(maximumChoices)"
            )
        }
        guard choices.allSatisfy({ !$0.isEmpty && $0.utf8.count <= maximumChoiceBytes }) else {
            throw StatusError(.invalidArgument, "choices: each must have 1 to \(maximumChoiceBytes) bytes")
        }
        guard Set(choices).count == choices.count else {
            throw StatusError(.invalidArgument, "choices: two are the same; each must be distinct")
        }
    }
}
