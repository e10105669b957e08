import MoE2Core

/// Says how well each expert is expected to answer a prompt: the gate's fine level.
protocol ExpertScorer: Sendable {
    /// The temperature T of the weights exp(s/T).
    var temperature: Double { get }

    /// Where the scores come from, for people, such as `gate file …` or `model size`.
    var origin: String { get }

    /// Gets what scoring `prompt` needs, in bounded time. Scores without it are those of a prompt that tells nothing.
    func prepare(_ prompt: String) async

    /// Gets what scoring the planner's `prompts` again and again needs, and keeps it. Returns whether their scores changed;
    /// false when there is nothing to get or not all of it could be had.
    func prepare(planning prompts: [String]) async -> Bool

    /// Scores of those of `experts` that it knows; larger is better. One that is missing was never calibrated.
    func scores(prompt: String, category: Category, of experts: [Expert]) -> [ExpertID: Double]
}

extension ExpertScorer {
    /// Most scorers need nothing but the prompt.
    func prepare(_ prompt: String) async {}
    func prepare(planning prompts: [String]) async -> Bool { false }
}
