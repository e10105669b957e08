/// How long and how to solve.
public struct SolveOptions {
    /// A monotonic clock.
    public var now: () -> Duration
    /// The most time to take; the best set so far is returned with its bound.
    public var deadline: Duration?
    /// The most nodes to visit.
    public var nodeLimit: Int?
    /// Stops once the gap is at most this; 0 proves the optimum.
    public var gap: Double
    /// Ends the solve from another thread.
    public var cancellation: Cancellation?
    /// A set to start from, as indices of the problem's experts; what of it is not feasible is left out.
    public var start: [Int]?
    /// Whether to work out what a little more of every budget would buy.
    public var marginals: Bool

    /// Options for a solve timed by `now`.
    public init(
        now: @escaping () -> Duration,
        deadline: Duration? = nil,
        nodeLimit: Int? = nil,
        gap: Double = 0,
        cancellation: Cancellation? = nil,
        start: [Int]? = nil,
        marginals: Bool = false
    ) {
        self.now = now
        self.deadline = deadline
        self.nodeLimit = nodeLimit
        self.gap = gap
        self.cancellation = cancellation
        self.start = start
        self.marginals = marginals
    }
}
