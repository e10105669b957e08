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

    /// Numbers that a pass may go over between two looks: some tenths of a millisecond.
    static let stretch = 1 << 18

    /// Columns of `rows` numbers that a pass may go over between two looks.
    static func columns(_ rows: Int) -> Int { max(1, stretch / max(rows, 1)) }

    /// Whether the caller gave up.
    var isCancelled: Bool { cancellation?.isCancelled ?? false }

    /// Whether time is up or the caller gave up.
    var isDue: Bool {
        if isCancelled { return true }
        guard let end else { return false }
        return now() >= end
    }

    /// - Throws: ``Interrupted`` when time is up or the caller gave up.
    func check() throws(Interrupted) { if isDue { throw Interrupted() } }

    /// The same at every `span`-th `place` of a pass only.
    func check(at place: Int, every span: Int) throws(Interrupted) { if place % span == span - 1 { try check() } }

    /// - Throws: ``Interrupted`` when the caller gave up.
    func checkCancellation() throws(Interrupted) { if isCancelled { throw Interrupted() } }
}
