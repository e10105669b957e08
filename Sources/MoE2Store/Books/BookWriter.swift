public import Logging
import Synchronization

/// Takes entries from the query path at once and writes them a little later, many in one transaction.
///
/// Lifecycle: make it, ``run()`` it in a task, and ``close()`` it after the last entry: everything taken in before is
/// in the file when that returns. The queue is bounded: while the disk cannot keep up, new entries are dropped and
/// counted, and queries go on.
public final class BookWriter: Sendable {
    /// Entries that may wait for the disk.
    public static let capacity = 65_536
    private static let interval = Duration.milliseconds(200)
    private static let batchSize = 1000
    private static let pruneInterval = Duration.seconds(600)
    private static let complaintInterval = Duration.seconds(60)

    private struct State {
        var waiting: [BookEntry] = []
        var dropped = 0
        var lastComplaint: ContinuousClock.Instant?
    }

    private let store: Store
    private let keep: Duration
    private let logger: Logger
    private let unixTime: @Sendable () -> Double
    private let state = Mutex(State())

    /// A writer into `store` that removes rows older than `keep`. `unixTime` is the wall clock, in seconds.
    public init(
        store: Store,
        keep: Duration,
        logger: Logger,
        unixTime: @escaping @Sendable () -> Double
    ) {
        self.store = store
        self.keep = keep
        self.logger = logger
        self.unixTime = unixTime
    }

    /// Entries that were dropped because the disk could not keep up.
    public var dropped: Int { state.withLock { $0.dropped } }

    /// Takes an entry in. Returns at once.
    public func append(_ entry: BookEntry) {
        state.withLock { state in
            guard state.waiting.count < Self.capacity else {
                state.dropped += 1
                return
            }
            state.waiting.append(entry)
        }
    }

    /// Writes what was taken in, a few times a second, until the task is cancelled.
    public func run() async {
        var nextPrune = ContinuousClock.now
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: Self.interval)
                while try await writeBatch() {}
                if ContinuousClock.now >= nextPrune {
                    nextPrune = .now + Self.pruneInterval
                    try await prune()
                }
            } catch is CancellationError {
                return
            } catch {
                complain(error)
            }
        }
    }

    /// Writes everything that still waits. To be called once the last entry was taken in and ``run()`` has ended.
    public func close() {
        do {
            while try write(take()) {}
        } catch {
            let lost = state.withLock { $0.waiting.count }
            logger.error("the books lost entries", metadata: ["count": "\(lost)", "why": "\(error)"])
        }
    }

    private func take() -> [BookEntry] { state.withLock { Array($0.waiting.prefix(Self.batchSize)) } }

    /// Writes one batch. It stays in the queue until it is in the file, so that a full disk loses nothing.
    private func writeBatch() async throws -> Bool {
        let batch = take()
        guard !batch.isEmpty else { return false }
        try await store.database.write { database in
            for entry in batch { try BookRows.insert(entry, into: database) }
        }
        return remove(batch.count)
    }

    private func write(_ batch: [BookEntry]) throws -> Bool {
        guard !batch.isEmpty else { return false }
        try store.database.write { database in
            for entry in batch { try BookRows.insert(entry, into: database) }
        }
        return remove(batch.count)
    }

    /// - Returns: whether more waits.
    private func remove(_ count: Int) -> Bool {
        state.withLock { state in
            state.waiting.removeFirst(count)
            return !state.waiting.isEmpty
        }
    }

    private func prune() async throws {
        let oldest = unixTime() - keep.seconds
        while try await store.database.write({ try BookRetention.prune($0, before: oldest) }) > 0 {
            try await Task.sleep(for: .milliseconds(50))
        }
        let oldestHour = BookRows.hour(unixTime() - keep.seconds * BookRetention.sumsFactor)
        try await store.database.write { try BookRetention.pruneSums($0, beforeHour: oldestHour) }
    }

    private func complain(_ error: any Error) {
        let (isDue, dropped, waiting) = state.withLock { state in
            let isDue = state.lastComplaint.map { .now - $0 >= Self.complaintInterval } ?? true
            if isDue { state.lastComplaint = .now }
            return (isDue, state.dropped, state.waiting.count)
        }
        guard isDue else { return }
        logger.error(
            "the books cannot be written; they try again",
            metadata: [
                "why": "\(Store.explained(error, store.path).message)", "waiting": "\(waiting)",
                "dropped": "\(dropped)",
            ]
        )
    }
}
