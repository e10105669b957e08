/// How long to wait before the next attempt: doubling pauses with jitter, so that many that failed together do not come
/// back together (the AWS Architecture Blog's "Exponential Backoff And Jitter", 2015, the "equal jitter" variant).
public struct Backoff: Hashable, Sendable {
    /// The first pause at most.
    public let first: Duration
    /// Every pause at most.
    public let longest: Duration
    /// Failures in a row so far.
    public private(set) var failures = 0

    /// Pauses from `first` to `longest`.
    public init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// Notes a failure.
    /// - Returns: how long to wait: from half the present pause to all of it.
    public mutating func failed(using generator: inout some RandomNumberGenerator) -> Duration {
        let factor = 1 << min(failures, 24)
        failures += 1
        let pause = min(first * factor, longest)
        return pause / 2 + (pause / 2) * Double.random(in: 0...1, using: &generator)
    }

    /// Notes a failure, with the system's generator.
    public mutating func failed() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return failed(using: &generator)
    }

    /// Notes a success: the next pause is short again.
    public mutating func succeeded() { failures = 0 }
}
