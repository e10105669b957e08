import Synchronization

/// A clock that stands still until the test moves it, and a switch that breaks the meter.
final class TestBench: Sendable {
    private let state = Mutex((time: Duration.zero, fails: false))

    var now: Duration { state.withLock { $0.time } }
    var fails: Bool {
        get { state.withLock { $0.fails } }
        set { state.withLock { $0.fails = newValue } }
    }

    func advance(by duration: Duration) { state.withLock { $0.time += duration } }
}
