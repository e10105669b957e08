/// Means over prompts with 95 % bootstrap intervals.
public struct Metrics: Sendable, Equatable {
    /// Mean quality, a fraction.
    public let accuracy: Double
    /// Mean negative log-likelihood, nats; `nil` for free text.
    public let nll: Double?
    /// The number of prompts.
    public let count: Int
    /// The 2.5 % and 97.5 % quantiles of `accuracy` over resampled prompts.
    public let accuracyInterval: ClosedRange<Double>
    /// The same for `nll`.
    public let nllInterval: ClosedRange<Double>?

    /// Resamples per interval.
    public static let resamples = 1_000

    /// Metrics of `results`, which must not be empty. The same seed resamples the same prompts for every method.
    public init(_ results: [PromptResult], seed: UInt64 = 1) {
        precondition(!results.isEmpty, "metrics need at least one prompt")
        let qualities = results.map(\.quality)
        let losses = results.compactMap(\.negativeLogLikelihood)
        let hasLosses = losses.count == results.count
        count = results.count
        accuracy = qualities.reduce(0, +) / Double(count)
        nll = hasLosses ? losses.reduce(0, +) / Double(count) : nil
        var random = SplitMix64(seed: seed)
        var accuracies: [Double] = []
        var means: [Double] = []
        for _ in 0..<Self.resamples {
            var quality = 0.0
            var loss = 0.0
            for _ in 0..<count {
                let row = Int(random.next() % UInt64(count))
                quality += qualities[row]
                if hasLosses { loss += losses[row] }
            }
            accuracies.append(quality / Double(count))
            means.append(loss / Double(count))
        }
        accuracyInterval = Self.interval(accuracies)
        nllInterval = hasLosses ? Self.interval(means) : nil
    }

    private static func interval(_ values: [Double]) -> ClosedRange<Double> {
        let sorted = values.sorted()
        let last = Double(sorted.count - 1)
        return sorted[Int(last * 0.025)]...sorted[Int(last * 0.975)]
    }
}
