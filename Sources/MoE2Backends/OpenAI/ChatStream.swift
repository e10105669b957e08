import MoE2Core

/// Turns the events of a streamed chat completion into output and a result. Pure: the time is a parameter.
struct ChatStream {
    /// What is known so far.
    private(set) var result = BackendResult()
    /// Whether the server said that the answer is complete.
    private(set) var isComplete = false
    /// Tokens handed on so far.
    private(set) var tokens = 0

    private let started: Duration
    private var firstOutput: Duration?
    private var lastOutput: Duration
    private var hasTimings = false

    /// A stream of a request that was sent at `now`.
    init(now: Duration) {
        started = now
        lastOutput = now
    }

    /// Takes the next event.
    /// - Returns: what it says, when it says anything.
    /// - Throws: the server's error; `dataLoss` when the event is damaged.
    mutating func take(_ event: SSEEvent, now: Duration) throws(StatusError) -> BackendOutput? {
        guard event.data != "[DONE]" else {
            isComplete = true
            return nil
        }
        let chunk: ChatChunk
        do {
            chunk = try ChatChunk(JSONDocument(Array(event.data.utf8)))
        } catch {
            throw StatusError(
                .dataLoss,
                "the model server sent an event that is no chat completion: '\(event.data.prefix(80))'"
            )
        }
        if event.name == "error" || chunk.isError {
            throw ServerRefusal(status: 500, text: event.data).error(url: "its address")
        }
        note(chunk)
        guard let choice = chunk.choices.first else { return nil }
        if let reason = choice.finishReason {
            isComplete = true
            result.finishReason = Self.finishReason(reason)
        }
        guard let output = Self.output(of: choice, in: chunk.document) else { return nil }
        if firstOutput == nil { firstOutput = now }
        lastOutput = now
        tokens += output.tokens
        return output
    }

    /// The result at the end of the stream.
    mutating func finished() -> BackendResult {
        result.completionTokens = max(result.completionTokens, tokens)
        if !hasTimings, let firstOutput {
            // Seen from outside: the time to the first token is the prompt's, the rest the answer's.
            result.prefill = firstOutput - started
            result.decode = lastOutput - firstOutput
            result.prefillTokens = result.promptTokens
        }
        return result
    }

    private mutating func note(_ chunk: ChatChunk) {
        if let usage = chunk.usage {
            result.promptTokens = max(0, usage.promptTokens ?? 0)
            result.completionTokens = max(0, usage.completionTokens ?? 0)
        }
        guard let timings = chunk.timings, let milliseconds = timings.promptMilliseconds else { return }
        hasTimings = true
        result.prefill = max(.zero, .milliseconds(clamping: milliseconds))
        result.decode = max(.zero, .milliseconds(clamping: timings.predictedMilliseconds ?? 0))
        result.prefillTokens = max(0, timings.promptTokens ?? 0)
    }

    private static func output(of choice: ChatChunk.Choice, in document: JSONDocument) -> BackendOutput? {
        var text = ""
        var extensions: [String: JSONTree] = [:]
        if case .object(let members)? = choice.delta?.kind {
            for (name, value) in members where !value.isNull && name != "role" {
                guard name == "content" else {
                    extensions[name] = JSONTree(value, in: document)
                    continue
                }
                if case .string(let content) = value.kind { text = content }
            }
        }
        let logProbabilities = choice.logProbabilities
        guard !text.isEmpty || !extensions.isEmpty || logProbabilities != nil else { return nil }
        var tokens = 1
        if case .array(let content)? = logProbabilities?["content"]?.kind, !content.isEmpty { tokens = content.count }
        return BackendOutput(
            text: text,
            tokens: tokens,
            extensionsJSON: extensions.isEmpty ? "" : JSONTree.object(extensions).text,
            logProbabilitiesJSON: logProbabilities.map { JSONTree($0, in: document).text } ?? ""
        )
    }

    private static func finishReason(_ reason: String) -> ShardResult.FinishReason {
        switch reason {
        case "length": .length
        case "tool_calls", "function_call": .toolCalls
        default: .stop
        }
    }
}
