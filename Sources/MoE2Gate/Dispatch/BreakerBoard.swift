import MoE2Core
import Synchronization

/// One circuit breaker an expert.
final class BreakerBoard: Sendable {
    private let breakers = Mutex<[ExpertID: CircuitBreaker]>([:])
    private let settings: CircuitBreaker.Settings
    private let now: @Sendable () -> Duration

    init(settings: CircuitBreaker.Settings, now: @escaping @Sendable () -> Duration) {
        self.settings = settings
        self.now = now
    }

    /// Whether a shard would be let through to `expert`.
    func wouldAdmit(_ expert: ExpertID) -> Bool {
        breakers.withLock { $0[expert]?.wouldAdmit(now: now()) ?? true }
    }

    /// Lets a shard through to `expert`, or not.
    func admits(_ expert: ExpertID) -> Bool {
        breakers.withLock { $0[expert]?.admits(now: now()) ?? true }
    }

    /// A shard of `expert` ended with `error`, or well when it is nil.
    func record(_ expert: ExpertID, _ error: StatusError?) {
        breakers.withLock { breakers in
            var breaker = breakers[expert] ?? CircuitBreaker(settings: settings)
            switch error?.code {
            case nil: breaker.succeeded()
            case .cancelled, .aborted, .invalidArgument, .outOfRange, .unimplemented, .resourceExhausted:
                // The shard's fault or nobody's, not the expert's.
                breaker.released(now: now())
            case .deadlineExceeded: breaker.failed(now: now(), isTimeout: true)
            case .some: breaker.failed(now: now())
            }
            breakers[expert] = breaker
        }
    }

    /// The breakers that are not closed.
    func openBreakers() -> [ExpertID: CircuitBreaker.State] {
        breakers.withLock { $0.filter { $0.value.state != .closed }.mapValues(\.state) }
    }
}
