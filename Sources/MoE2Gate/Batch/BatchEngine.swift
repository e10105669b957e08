import Logging
public import MoE2Core
import MoE2Store
import MoE2Wire

/// Answers batches: many queries as one piece of work, journalled, so that a kill of the gate, an agent or the client loses
/// no finished result.
///
/// Lifecycle: make it, run it in a task; unfinished batches of earlier runs go on by themselves.
public actor BatchEngine {
    /// The most lines in a batch.
    public static let maximumLines = 100_000
    /// The most batches that are not over.
    static let maximumOpen = 64
    /// Batches that are worked on at a time.
    static let maximumRunning = 4
    /// How long a batch that ended is kept, in seconds.
    static let retention = 7 * 86_400.0
    private static let resultsPage = 64
    /// Results that come within this time are read together.
    private static let gatherTime = Duration.milliseconds(10)
    private static let progressInterval = Duration.seconds(1)
    private static let tidyInterval = Duration.seconds(600)

    private let journal: BatchJournal
    private let problems: BatchProblems
    private let engine: QueryEngine
    private let clock: BatchClock
    private let logger: Logger
    private let news = BatchNews()
    private var runs: [Int64: (run: BatchRun, task: Task<Void, Never>)] = [:]
    private var waiting: [BatchJournal.Entry] = []
    private var isRunning = false

    init(journal: BatchJournal, problems: BatchProblems, engine: QueryEngine, clock: BatchClock, logger: Logger) {
        self.journal = journal
        self.problems = problems
        self.engine = engine
        self.clock = clock
        self.logger = logger
    }

    /// Goes on with unfinished batches and works on new ones until its task is cancelled.
    public func run() async {
        isRunning = true
        do {
            // One that was completed a moment ago is waiting already.
            let known = Set(waiting.map(\.key))
            waiting += try journal.unfinished().filter { !known.contains($0.key) }
        } catch {
            logger.error("batches cannot go on", metadata: ["why": "\(error.message)"])
        }
        startWaiting()
        while !Task.isCancelled {
            do throws(StatusError) {
                try journal.forget(
                    endedBefore: clock.wall() - Self.retention,
                    createdBefore: clock.wall() - Self.retention
                )
            } catch {
                logger.warning("old batches were not removed", metadata: ["why": "\(error.message)"])
            }
            try? await Task.sleep(for: Self.tidyInterval)
        }
        await pause()
    }

    /// Stops working; the journal keeps what is done, and the next run of the gate goes on from there.
    func pause() async {
        isRunning = false
        let tasks = runs.values.map(\.task)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    // MARK: Calls

    /// Enters an order, or finds the batch that an earlier one entered.
    /// - Throws: `invalidArgument` for a bad order, `resourceExhausted` when too many batches are open.
    public func create(_ order: BatchOrder, client: ClientIdentity) async throws(StatusError) -> BatchStatus {
        guard (1...Self.maximumLines).contains(order.lines) else {
            throw StatusError(
                .invalidArgument,
                "a batch has 1 to \(Self.maximumLines) lines, not \(order.lines); split it"
            )
        }
        if let known = try journal.entry(order.id, client: client.name) {
            if known.status.state == .cancelled || known.status.state == .refused {
                // Nothing came of it, so ordering it again is a new try.
                try journal.forget(known.key)
                return try journal.enter(order, client: client.name, now: clock.wall()).status
            }
            guard known.order == order else {
                throw StatusError(.alreadyExists, "batch '\(order.id)' was ordered before, with other limits or lines")
            }
            return await status(known)
        }
        guard try journal.openBatches() < Self.maximumOpen else {
            throw StatusError(
                .resourceExhausted,
                "\(Self.maximumOpen) batches are open already; wait for one to end or cancel one",
                retryAfter: .seconds(60)
            )
        }
        return try journal.enter(order, client: client.name, now: clock.wall()).status
    }

    /// Adds queries of consecutive lines; the last one starts the work.
    /// - Throws: `outOfRange` when lines before them are missing, `invalidArgument` for a query that can never be answered.
    public func append(
        _ queries: [Query],
        to id: BatchID,
        first: Int,
        client: ClientIdentity
    ) async throws(StatusError) -> BatchStatus {
        var entry = try found(id, client)
        guard entry.status.state == .receiving else { return await status(entry) }
        guard first + queries.count <= entry.order.lines else {
            throw StatusError(.outOfRange, "the batch was ordered with \(entry.order.lines) lines")
        }
        for (offset, query) in queries.enumerated() {
            do throws(StatusError) { try QueryLimits.check(query) } catch {
                throw StatusError(error.code, "line \(first + offset + 1): \(error.message)")
            }
        }
        let received = try journal.append(queries.map { $0.encoded() }, to: entry.key, first: first)
        if received == entry.order.lines {
            try journal.seal(entry.key, due: entry.order.timeLimit.map { clock.wall() + $0.seconds })
            entry = try found(id, client)
            waiting.append(entry)
            startWaiting()
        }
        entry.status.received = received
        return await status(entry)
    }

    /// How far a batch is.
    public func status(_ id: BatchID, client: ClientIdentity) async throws(StatusError) -> BatchStatus {
        await status(try found(id, client))
    }

    /// The client's newest batches.
    public func batches(of client: ClientIdentity) async throws(StatusError) -> [BatchStatus] {
        var statuses: [BatchStatus] = []
        for entry in try journal.entries(of: client.name, limit: WireLimits.queries) {
            statuses.append(await status(entry))
        }
        return statuses
    }

    /// Gives a batch up. One that is over already is forgotten, results and all.
    public func cancel(_ id: BatchID, client: ClientIdentity) async throws(StatusError) -> BatchStatus {
        var entry = try found(id, client)
        if entry.status.finished == entry.order.lines, let running = runs[entry.key] {
            // Its last result was written a moment ago.
            await running.task.value
            entry = try found(id, client)
        }
        guard !entry.status.state.isFinal else {
            try journal.forget(entry.key)
            return entry.status
        }
        waiting.removeAll { $0.key == entry.key }
        if let running = runs[entry.key] {
            running.task.cancel()
            await running.task.value
        }
        try journal.end(entry.key, .cancelled, detail: "its client gave it up", now: clock.wall())
        news.announce()
        return try found(id, client).status
    }

    /// Hands over the results of the lines from `first` on, in their order, as they come, and the progress between them.
    public func results(
        of id: BatchID,
        first: Int,
        client: ClientIdentity,
        emit: @Sendable (BatchEvent) async throws -> Void
    ) async throws {
        var next = first
        var lastProgress = clock.now()
        while true {
            let version = news.version
            let entry = try found(id, client)
            let page = try journal.results(of: entry.key, first: next, limit: Self.resultsPage)
            for packed in page {
                do {
                    try await emit(.result(try BatchResult(decoding: packed)))
                } catch let error as WireError {
                    throw StatusError(.dataLoss, "the result of line \(next + 1) is damaged: \(error.message)")
                }
                next += 1
            }
            let isOver = next >= entry.order.lines || (page.isEmpty && entry.status.state.isFinal)
            if isOver || clock.now() - lastProgress >= Self.progressInterval {
                lastProgress = clock.now()
                try await emit(.progress(await status(entry)))
            }
            if isOver { return }
            if page.isEmpty {
                await news.wait(after: version, atMost: Self.progressInterval)
                try await Task.sleep(for: Self.gatherTime)
            }
        }
    }

    // MARK: Runs

    private func found(_ id: BatchID, _ client: ClientIdentity) throws(StatusError) -> BatchJournal.Entry {
        guard let entry = try journal.entry(id, client: client.name) else {
            throw StatusError(.notFound, "there is no batch '\(id)' of client '\(client.name)'")
        }
        return entry
    }

    private func status(_ entry: BatchJournal.Entry) async -> BatchStatus {
        guard entry.status.state == .running, let running = runs[entry.key] else { return entry.status }
        return await running.run.status
    }

    private func startWaiting() {
        while isRunning, runs.count < Self.maximumRunning, !waiting.isEmpty {
            let entry = waiting.removeFirst()
            let run = BatchRun(
                entry,
                journal: journal,
                problems: problems,
                engine: engine,
                clock: clock,
                news: news,
                logger: logger
            )
            let task = Task { await work(run, entry) }
            runs[entry.key] = (run, task)
        }
    }

    private func work(_ run: BatchRun, _ entry: BatchJournal.Entry) async {
        do {
            try await run.work()
            let status = await run.status
            try journal.end(entry.key, .done, detail: status.detail, now: clock.wall())
            logger.info(
                "batch done",
                metadata: [
                    "batch": "\(entry.order.id)", "answered": "\(status.answered)", "failed": "\(status.failed)",
                    "joules": "\(status.energy.joules)", "seconds": "\(status.elapsed.seconds)",
                ]
            )
        } catch is CancellationError {
            logger.info("batch paused", metadata: ["batch": "\(entry.order.id)"])
        } catch {
            let status = error as? StatusError ?? StatusError(.internal, "\(error)")
            logger.warning("batch refused", metadata: ["batch": "\(entry.order.id)", "why": "\(status.message)"])
            try? journal.end(entry.key, .refused, detail: status.message, now: clock.wall())
        }
        runs[entry.key] = nil
        news.announce()
        startWaiting()
    }
}
