/// What a model server is, as far as it matters.
enum ServerDialect: Hashable, Sendable {
    /// llama.cpp's server: grammars, timings, `/props`.
    case llamaCpp
    /// vLLM: log-probabilities of the prompt.
    case vLLM
    /// Any other with the OpenAI interface.
    case other

    /// How a choice's log-probability is read; nil when there is no known way.
    var scoring: ChoiceScoring? {
        switch self {
        case .llamaCpp: .grammar
        case .vLLM: .promptLogProbabilities
        case .other: nil
        }
    }
}
