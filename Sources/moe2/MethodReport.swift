import MoE2Gating

/// One method's numbers as `moe2 evaluate --json` prints them.
struct MethodReport: Encodable {
    struct Intervals: Encodable {
        let accuracy: [Double]
        let nll: [Double]?
    }

    let accuracy: Double
    let nll: Double?
    let n: Int
    let ci95: Intervals

    init(_ metrics: Metrics) {
        accuracy = metrics.accuracy
        nll = metrics.nll
        n = metrics.count
        ci95 = Intervals(
            accuracy: [metrics.accuracyInterval.lowerBound, metrics.accuracyInterval.upperBound],
            nll: metrics.nllInterval.map { [$0.lowerBound, $0.upperBound] }
        )
    }
}
