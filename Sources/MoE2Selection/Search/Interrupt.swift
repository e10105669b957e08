/// Says when a solve must end.
struct Interrupt {
    let now: () -> Duration
    let end: Duration?
    let nodeLimit: Int
    let cancellation: Cancellation?

    init(_ options: SolveOptions) {
        now = options.now
        end = options.deadline.map { options.now() + $0 }
        nodeLimit = options.nodeLimit ?? .max
        cancellation = options.cancellation
    }

    /// Whether time is up or the caller gave up.
    var isDue: Bool {
        if let cancellation, cancellation.isCancelled { return true }
        guard let end else { return false }
        return now() >= end
    }
}
