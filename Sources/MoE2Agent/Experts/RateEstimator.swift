import Glibc
import MoE2Core

/// A rate in tokens a second out of single measurements: their median, each weighted by its tokens and its age.
///
/// The median shrugs off a stall or a burst; the age makes it follow a host that heats up or changes its power mode.
struct RateEstimator: Hashable, Sendable {
    /// Measurements kept.
    static let capacity = 64
    /// The age at which a measurement counts half.
    static let halfLife = Duration.seconds(120)
    /// Tokens above which a measurement counts no more for its length.
    static let fullTokens = 64

    private struct Sample: Hashable {
        var rate: Double
        var tokens: Int
        var time: Duration
    }

    private var samples: [Sample] = []

    /// Whether anything was measured.
    var isEmpty: Bool { samples.isEmpty }

    /// Notes that `tokens` took `duration`. What is too short to be measured is ignored.
    mutating func add(tokens: Int, duration: Duration, now: Duration) {
        let seconds = duration.seconds
        guard tokens > 0, seconds > 0, seconds.isFinite else { return }
        let rate = Double(tokens) / seconds
        guard rate.isFinite else { return }
        samples.append(Sample(rate: rate, tokens: min(tokens, Self.fullTokens), time: now))
        if samples.count > Self.capacity { samples.removeFirst() }
    }

    /// The rate at `now`; 0 when nothing was measured.
    func rate(now: Duration) -> Double {
        let weighted = samples.map { sample -> (rate: Double, weight: Double) in
            let age = max(0, (now - sample.time).seconds)
            return (sample.rate, Double(sample.tokens) * exp2(max(-60, -age / Self.halfLife.seconds)))
        }.sorted { $0.rate < $1.rate }
        let half = weighted.reduce(0) { $0 + $1.weight } / 2
        var sum = 0.0
        for (rate, weight) in weighted {
            sum += weight
            if sum >= half { return rate }
        }
        return weighted.last?.rate ?? 0
    }

}
