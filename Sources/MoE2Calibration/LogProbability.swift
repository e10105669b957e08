import Glibc

/// Logarithms of probabilities that may be 0.
enum LogProbability {
    /// ln `probability`, at least −100: a probability that underflowed is small, not impossible.
    static func of(_ probability: Double) -> Double { max(log(probability), -100) }
}
