import MoE2Core

/// Reads the log-probability of every choice of a shard, one after the other: a shard has one slot.
///
/// The figure is the sum over the choice's tokens, in nats. With a grammar it includes the end of the answer, as the
/// server reports it.
struct ChoiceScorer {
    let door: ModelServerDoor
    let request: ChatRequest
    let scoring: ChoiceScoring?

    /// Scores the choices of `shard`.
    func score(_ shard: Shard) async throws -> BackendResult {
        let clock = ContinuousClock()
        let deadline = clock.now + shard.timeLeft
        var result = BackendResult()
        for choice in shard.choices {
            try Task.checkCancellation()
            let timeLeft = deadline - clock.now
            guard timeLeft > .zero else {
                throw StatusError(.deadlineExceeded, "the time was up before every choice was scored")
            }
            result.choiceLogProbabilities.append(try await score(choice, shard, timeLeft, &result))
        }
        return result
    }

    private func score(
        _ choice: String,
        _ shard: Shard,
        _ timeLeft: Duration,
        _ result: inout BackendResult
    ) async throws -> Double {
        switch scoring {
        case .grammar:
            let chunk = try await chat(try request.grammarScoring(shard, choice: choice), shard, timeLeft, &result)
            return try Self.grammarScore(chunk, choice: choice)
        case .promptLogProbabilities:
            let chunk = try await chat(try request.promptScoring(shard, choice: choice), shard, timeLeft, &result)
            return try Self.promptScore(chunk, choice: choice)
        case .echo:
            let (body, promptBytes) = request.echoScoring(shard, choice: choice)
            let reply = try await door.post("/v1/completions", body, trace: shard.traceParent, timeout: timeLeft) {
                try EchoedCompletion($0)
            }
            return try reply.score(of: choice, promptBytes: promptBytes)
        case .some(.none), nil:
            throw StatusError(
                .failedPrecondition,
                "this expert's model server cannot score choices; set 'scoring' if it can, or use the mode 'vote'"
            )
        }
    }

    private func chat(
        _ body: JSONTree,
        _ shard: Shard,
        _ timeLeft: Duration,
        _ result: inout BackendResult
    ) async throws -> ChatChunk {
        let chunk = try await door.post("/v1/chat/completions", body, trace: shard.traceParent, timeout: timeLeft) {
            try ChatChunk($0)
        }
        result.promptTokens = max(result.promptTokens, chunk.usage?.promptTokens ?? 0)
        result.completionTokens += max(0, chunk.usage?.completionTokens ?? 0)
        result.prefillTokens += max(0, chunk.timings?.promptTokens ?? 0)
        result.prefill += max(.zero, .milliseconds(clamping: chunk.timings?.promptMilliseconds ?? 0))
        result.decode += max(.zero, .milliseconds(clamping: chunk.timings?.predictedMilliseconds ?? 0))
        return chunk
    }

    /// The sum of the log-probabilities of a completion that the grammar forced to be `choice`.
    static func grammarScore(_ chunk: ChatChunk, choice: String) throws(StatusError) -> Double {
        let first = chunk.choices.first
        guard case .string(let text)? = first?.message?["content"]?.kind, text.hasSuffix(choice) else {
            throw StatusError(
                .dataLoss,
                "the model server did not write the choice '\(choice.prefix(40))' as it was told"
            )
        }
        guard case .array(let tokens)? = first?.logProbabilities?["content"]?.kind, !tokens.isEmpty else {
            throw StatusError(.failedPrecondition, "the model server reports no log-probabilities")
        }
        var sum = 0.0
        for token in tokens {
            guard case .number(let value)? = token["logprob"]?.kind else {
                throw StatusError(.dataLoss, "the model server left out a token's log-probability")
            }
            sum += value
        }
        return sum
    }

    /// The sum of the log-probabilities of those last tokens of the prompt that make up `choice`.
    static func promptScore(_ chunk: ChatChunk, choice: String) throws(StatusError) -> Double {
        guard let tokens = chunk.promptTokens else {
            throw StatusError(.failedPrecondition, "the model server reports no log-probabilities of the prompt")
        }
        var text = ""
        var sum = 0.0
        for token in tokens.reversed() {
            guard let token else { break }
            sum += token.logProbability
            text = token.text + text
            if text.hasSuffix(choice) { return sum }
            // Text that does not end like the choice stands behind it: the template's, not the model's.
            if !choice.hasSuffix(text) {
                text = ""
                sum = 0
            }
        }
        throw StatusError(.dataLoss, "the choice '\(choice.prefix(40))' is not found at the end of the prompt's tokens")
    }
}
