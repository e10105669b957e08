import Synchronization

/// Ends a solve from another thread; the solver looks at it many times per millisecond.
public final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Not cancelled yet.
    public init() {}

    /// Ends the solve: it returns what it has.
    public func cancel() { flag.store(true, ordering: .relaxed) }

    /// Whether ``cancel()`` was called.
    public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}
