import Glibc
import Logging
import MoE2Core
import MoE2Store

/// The gate's books: their writer and the observer that feeds it.
///
/// Lifecycle: make it, ``run()`` it, ``close()`` it after the last query.
struct BookKeeping: Sendable {
    private let writer: BookWriter
    let books: Books
    let observer: Bookkeeper
    /// Plans of earlier runs of the gate are numbered up to this.
    let lastPlanNumber: UInt64

    /// Books in `store`.
    /// - Throws: ``StatusError`` when the file cannot be read.
    init(_ store: Store, _ settings: BooksConfiguration, logger: Logger) throws(StatusError) {
        books = Books(store)
        lastPlanNumber = try books.lastPlanNumber()
        writer = BookWriter(store: store, keep: settings.keep, logger: logger, unixTime: Self.unixTime)
        observer = Bookkeeper(writer: writer, keepsText: settings.text, unixTime: Self.unixTime)
    }

    /// The wall clock, in Unix seconds.
    @Sendable static func unixTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Writes until the task is cancelled.
    func run() async { await writer.run() }

    /// Writes what still waits.
    func close() { writer.close() }
}
