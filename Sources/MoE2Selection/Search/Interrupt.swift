/// Says when a solve must end.
struct Interrupt {
    let now: () -> Duration
    let end: Duration?
    let nodeLimit: Int
    let cancellation: Cancellation?

    /// `began` is when the deadline started to count; now without it.
    init(_ options: SolveOptions, since began: Duration? = nil) {
        now = options.now
        end = options.deadline.map { (began ?? options.now()) + $0 }
        nodeLimit = options.nodeLimit ?? .max
        cancellation = options.cancellation
    }

    /// Whether time is up or the caller gave up.
    var isDue: Bool {
        if let cancellation, cancellation.isCancelled { return true }
        guard let end else { return false }
        return now() >= end
    }
    /// - Throws: ``Interrupted`` when time is up or the caller gave up.
    func check() throws(Interrupted) { if isDue { throw Interrupted() } }
}
