import MoE2Core
import Testing

@testable import MoE2Gate

@Suite struct CircuitBreakerTests {
    private let settings = CircuitBreaker.Settings(
        threshold: 3,
        firstPause: .seconds(1),
        longestPause: .seconds(4)
    )

    /// `#expect` cannot call what mutates.
    private func admits(_ breaker: inout CircuitBreaker, _ now: Duration) -> Bool { breaker.admits(now: now) }

    @Test func opensAfterFailuresInARow() {
        var breaker = CircuitBreaker(settings: settings)
        breaker.failed(now: .zero)
        breaker.failed(now: .zero)
        breaker.succeeded()
        breaker.failed(now: .zero)
        breaker.failed(now: .zero)
        #expect(admits(&breaker, .zero))
        breaker.failed(now: .zero)
        #expect(!admits(&breaker, .milliseconds(999)))
    }

    @Test func oneProbeDecides() {
        var breaker = CircuitBreaker(settings: settings)
        for _ in 0..<3 { breaker.failed(now: .zero) }
        #expect(admits(&breaker, .seconds(1)))
        #expect(!admits(&breaker, .seconds(1)), "a second shard waits for the probe's end")
        breaker.succeeded()
        #expect(admits(&breaker, .seconds(1)))
    }

    @Test func thePauseDoublesUpToItsLimit() {
        var breaker = CircuitBreaker(settings: settings)
        for _ in 0..<3 { breaker.failed(now: .zero) }
        var time = Duration.seconds(1)
        for pause in [2, 4, 4] {
            #expect(admits(&breaker, time))
            breaker.failed(now: time)
            #expect(!breaker.wouldAdmit(now: time + .seconds(pause) - .milliseconds(1)))
            time += .seconds(pause)
        }
        #expect(breaker.wouldAdmit(now: time))
    }

    @Test func aCancelledProbeLetsTheNextOneThrough() {
        var breaker = CircuitBreaker(settings: settings)
        for _ in 0..<3 { breaker.failed(now: .zero) }
        #expect(admits(&breaker, .seconds(1)))
        breaker.released(now: .seconds(1))
        #expect(admits(&breaker, .seconds(1)))
    }
}
