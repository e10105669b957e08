/// Counts of values by upper bound, as Prometheus wants them.
struct Histogram: Sendable {
    /// Seconds, from a cached answer to a long text on slow hardware.
    static let latencyBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
    /// Joules, from a tiny model to a long answer of a large one.
    static let energyBounds = [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 5000]

    let bounds: [Double]
    /// One count a bound, and one for what lies above the last; not cumulative.
    private(set) var counts: [Int]
    private(set) var sum = 0.0

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    mutating func observe(_ value: Double) {
        guard value.isFinite else { return }
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }
}
