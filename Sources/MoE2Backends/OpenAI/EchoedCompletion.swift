import MoE2Core

/// A completion that begins with its prompt, in the legacy shape of OpenAI's log-probabilities.
struct EchoedCompletion {
    private var tokens: [String] = []
    private var logProbabilities: [Double?] = []

    /// What `document` says.
    /// - Throws: ``JSONError`` when it is no completion.
    init(_ document: JSONDocument) throws(JSONError) {
        guard let choices = try document.root.elements("choices") else { throw document.root.isNot("a completion") }
        guard let figures = try choices.first?.member("logprobs") else { return }
        for token in try figures.elements("tokens") ?? [] {
            guard case .string(let text) = token.kind else { throw token.isNot("a string") }
            tokens.append(text)
        }
        for figure in try figures.elements("token_logprobs") ?? [] {
            switch figure.kind {
            case .null: logProbabilities.append(nil)
            case .number(let number): logProbabilities.append(number)
            default: throw figure.isNot("a number")
            }
        }
    }

    /// The sum of the log-probabilities of the tokens of `choice`, which begins after `promptBytes` bytes.
    func score(of choice: String, promptBytes: Int) throws(StatusError) -> Double {
        guard !tokens.isEmpty, tokens.count == logProbabilities.count else {
            throw StatusError(.failedPrecondition, "the model server does not echo its prompt with log-probabilities")
        }
        var place = 0
        var sum = 0.0
        var scored = 0
        let end = promptBytes + choice.utf8.count
        for (token, logProbability) in zip(tokens, logProbabilities) {
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
