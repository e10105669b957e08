/// How the scores of a generated instance come about.
enum Family: String, CaseIterable {
    /// Prompts of domains, experts with skills by domain, noise of 0.35: what a gate's scores look like.
    case clustered
    /// The same with noise of 1.
    case noisy
    /// Every expert is good at one or two domains and poor elsewhere.
    case specialists
    /// Right or wrong, with a probability that depends on expert and domain.
    case binary
    /// Independent uniform numbers.
    case uniform
    /// As `clustered`, with energies that grow with the expert's mean score.
    case correlated
}
