/// How a model server tells the log-probability of a given answer.
public enum ChoiceScoring: String, Hashable, Sendable, Decodable, CaseIterable {
    /// A grammar that allows only the choice; the log-probabilities that come back are those without the grammar
    /// (llama.cpp).
    case grammar
    /// The choice as the start of the assistant's message and the log-probabilities of the prompt (vLLM).
    case promptLogProbabilities = "prompt_logprobs"
    /// A completion that echoes its prompt with log-probabilities (llama-cpp-python and older servers). It knows no chat
    /// template: the messages' texts are joined by line breaks.
    case echo
    /// Not at all.
    case none
}
