/// How a method did on one prompt.
public struct PromptResult: Sendable, Equatable {
    /// 1 if the answer is right, 0 if not; the score for free text; fractional for expectations.
    public let quality: Double
    /// −ln of the probability given to the right answer, nats; `nil` for free text.
    public let negativeLogLikelihood: Double?

    init(quality: Double, negativeLogLikelihood: Double?) {
        self.quality = quality
        self.negativeLogLikelihood = negativeLogLikelihood
    }

    /// Sums, for means over several answers.
    public static func + (left: PromptResult, right: PromptResult) -> PromptResult {
        PromptResult(
            quality: left.quality + right.quality,
            negativeLogLikelihood: left.negativeLogLikelihood.flatMap { loss in
                right.negativeLogLikelihood.map { loss + $0 }
            }
        )
    }

    /// Both numbers divided by `count`.
    public static func / (left: PromptResult, count: Double) -> PromptResult {
        PromptResult(
            quality: left.quality / count,
            negativeLogLikelihood: left.negativeLogLikelihood.map { $0 / count }
        )
    }

    /// The result of answering with the distribution `probabilities`; equal probabilities go to the first option.
    init(probabilities: [Double], right: Int) {
        quality = ScoreTargets.firstMaximum(probabilities) == right ? 1 : 0
        negativeLogLikelihood = -naturalLog(max(probabilities[right], 1e-12))
    }
}
