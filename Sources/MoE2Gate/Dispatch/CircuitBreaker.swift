import MoE2Core

/// Keeps queries away from an expert that fails, whatever fails: the transport, the agent or its model server. A server
/// that fails fast would otherwise look idle and draw all the traffic.
///
/// Closed until ``Settings/threshold`` failures in a row (``Settings/timeoutThreshold`` when all are timeouts), then open for a time that doubles with every failed probe, then half open: one
/// shard is let through, and its end decides.
struct CircuitBreaker: Equatable, Sendable {
    /// When it opens and for how long.
    struct Settings: Equatable, Sendable {
        var threshold = 3
        /// A shard that ran out of time may have had little of it, so it takes more of them.
        var timeoutThreshold = 9
        var firstPause = Duration.seconds(1)
        var longestPause = Duration.seconds(60)
    }

    /// Where the breaker is.
    enum State: Equatable, Sendable {
        case closed
        case open(until: Duration)
        case halfOpen
    }

    private(set) var state = State.closed
    /// Failures in a row, as a share of what opens the breaker.
    private var failures = 0.0
    private var pause: Duration
    private let settings: Settings

    init(settings: Settings = Settings()) {
        self.settings = settings
        pause = settings.firstPause
    }

    /// Whether a shard may go to the expert at `now`; a half-open breaker lets one through.
    mutating func admits(now: Duration) -> Bool {
        switch state {
        case .closed: return true
        case .halfOpen: return false
        case .open(let until):
            guard now >= until else { return false }
            state = .halfOpen
            return true
        }
    }

    /// Whether ``admits(now:)`` would let a shard through, without letting it.
    func wouldAdmit(now: Duration) -> Bool {
        switch state {
        case .closed: true
        case .halfOpen: false
        case .open(let until): now >= until
        }
    }

    /// A shard succeeded.
    mutating func succeeded() {
        state = .closed
        failures = 0
        pause = settings.firstPause
    }

    /// A shard failed, or ran out of time.
    mutating func failed(now: Duration, isTimeout: Bool = false) {
        failures += 1 / Double(max(1, isTimeout ? settings.timeoutThreshold : settings.threshold))
        switch state {
        case .halfOpen:
            pause = min(pause * 2, settings.longestPause)
            state = .open(until: now + pause)
        case .closed where failures >= 1 - 1e-9:
            state = .open(until: now + pause)
        case .closed, .open:
            break
        }
    }

    /// A shard ended without a word on the expert's health, such as one that was cancelled.
    mutating func released(now: Duration) {
        if state == .halfOpen { state = .open(until: now) }
    }
}
