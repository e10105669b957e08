import Synchronization

/// Bounds hedges to a share of the queries: every query earns a fraction of a token, every hedge costs one.
final class HedgeThrottle: Sendable {
    private let tokens: Mutex<Double>
    private let ratio: Double
    private let most: Double

    init(ratio: Double, burst: Double = 4) {
        self.ratio = ratio
        most = burst
        tokens = Mutex(burst)
    }

    /// A query came in.
    func earn() { tokens.withLock { $0 = min(most, $0 + ratio) } }

    /// Takes a token for a hedge.
    /// - Returns: whether there was one.
    func take() -> Bool {
        tokens.withLock { tokens in
            guard tokens >= 1 else { return false }
            tokens -= 1
            return true
        }
    }
}
