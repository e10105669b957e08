/// A way to answer with a set of experts, as compared in an evaluation.
public enum MethodName: String, Sendable, CaseIterable {
    /// The gate's team of all experts at hand (or the k best), mixed. Scores: the gate's first choice.
    case moe2
    /// The gate's two best experts for the prompt, mixed: top-k without selection.
    case top2
    /// The gate's first choice alone.
    case route
    /// The one expert that was best on the training prompts.
    case bestSingle = "best_single"
    /// All experts with equal weight, mixed linearly.
    case uniform
    /// The best input-independent linear mixture.
    case staticMixture = "static"
    /// The expert that did best on the nearest training prompts.
    case neighbours = "knn"
    /// The expert that logistic regression expects to be right.
    case logistic
    /// Confidence-weighted majority vote among the experts expected to be right (arXiv:2408.08545).
    case selectLLM = "selectllm"
    /// Expectation over a single expert drawn at random.
    case random
    /// The best expert in hindsight.
    case oracle
}
