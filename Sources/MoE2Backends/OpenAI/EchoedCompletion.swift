import MoE2Core

/// A completion that begins with its prompt, in the legacy shape of OpenAI's log-probabilities.
struct EchoedCompletion: Decodable {
    struct Choice: Decodable {
        var logprobs: LogProbabilities?
    }

    struct LogProbabilities: Decodable {
        var tokens: [String]
        var tokenLogProbabilities: [Double?]

        private enum CodingKeys: String, CodingKey {
            case tokens
            case tokenLogProbabilities = "token_logprobs"
        }
    }

    var choices: [Choice]

    /// The sum of the log-probabilities of the tokens of `choice`, which begins after `promptBytes` bytes.
    func score(of choice: String, promptBytes: Int) throws(StatusError) -> Double {
        guard let figures = choices.first?.logprobs, figures.tokens.count == figures.tokenLogProbabilities.count else {
            throw StatusError(.failedPrecondition, "the model server does not echo its prompt with log-probabilities")
        }
        var place = 0
        var sum = 0.0
        var scored = 0
        let end = promptBytes + choice.utf8.count
        for (token, logProbability) in zip(figures.tokens, figures.tokenLogProbabilities) {
            let next = place + token.utf8.count
            if next > promptBytes, place < end, let logProbability {
                sum += logProbability
                scored += 1
            }
            place = next
        }
        guard scored > 0, place >= end else {
            throw StatusError(.dataLoss, "the model server echoed less than the prompt and the choice")
        }
        return sum
    }
}
