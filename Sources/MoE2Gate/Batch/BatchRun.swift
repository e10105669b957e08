import Logging
import MoE2Core
import MoE2Store
import MoE2Wire

/// Works on one batch until every line has a result. Everything that must survive a kill is in the journal; what is here can
/// be made again from it.
actor BatchRun {
    /// Experts tried for a line.
    static let attempts = 4
    /// Lines in which a team answers that are worked on at a time.
    static let teamLines = 4
    private static let pageSize = 256
    private static let pause = Duration.milliseconds(50)
    /// A gate that has just started waits until no more experts have come for this long, or its plan would know half a fleet.
    private static let settleTime = Duration.seconds(2)

    private let entry: BatchJournal.Entry
    private let journal: BatchJournal
    private let problems: BatchProblems
    private let engine: QueryEngine
    private let clock: BatchClock
    private let news: BatchNews
    private let logger: Logger
    private var lanes = BatchLanes([])
    private var failures: [Int: Int] = [:]
    private var linesInFlight = 0
    private var progress: BatchProgress
    private let started: Duration

    init(
        _ entry: BatchJournal.Entry,
        journal: BatchJournal,
        problems: BatchProblems,
        engine: QueryEngine,
        clock: BatchClock,
        news: BatchNews,
        logger: Logger
    ) {
        self.entry = entry
        self.journal = journal
        self.problems = problems
        self.engine = engine
        self.clock = clock
        self.news = news
        self.logger = logger
        started = clock.now()
        progress = BatchProgress(entry.status)
    }

    /// How far the batch is.
    var status: BatchStatus {
        var status = progress.status(now: clock.now())
        status.elapsed = elapsed
        status.shards = lanes.shards
        return status
    }

    private var elapsed: Duration { entry.status.elapsed + (clock.now() - started) }

    /// Works until every line has a result or the task is cancelled.
    /// - Throws: ``StatusError`` when the journal fails or the batch's limits cannot be met.
    func work() async throws {
        if !entry.isPlanned { try await plan() }
        lanes = BatchLanes(
            try journal.openLines(of: entry.key).map {
                BatchLanes.Line(number: $0.number, expert: $0.expert, alternatives: $0.alternatives, peers: $0.peers)
            },
            done: try journal.finishedLines(of: entry.key)
        )
        logger.info("batch starts", metadata: ["batch": "\(entry.order.id)", "open": "\(lanes.openLines.count)"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            var known: Set<ExpertID?> = []
            while !lanes.isFinished {
                try Task.checkCancellation()
                if try await cutShort() { break }
                // A line that failed may open a lane that was not there before.
                for lane in lanes.experts where known.insert(lane).inserted {
                    group.addTask { try await self.workOn(lane) }
                }
                try await Task.sleep(for: Self.pause)
            }
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
    }

    // MARK: Planning

    private func plan() async throws {
        let ready = try await fleet()
        var problem = problems.problem(for: ready)
        var routed: [Int] = []
        var teams: [BatchJournal.OpenLine] = []
        var first = 0
        while first < entry.order.lines {
            let page = try journal.queries(of: entry.key, first: first, limit: Self.pageSize)
            guard !page.isEmpty else { break }
            for (offset, packed) in page.enumerated() {
                let query = try Self.query(packed)
                if query.mode == .route {
                    problems.append(query, to: &problem, ready)
                    routed.append(first + offset)
                } else {
                    teams.append(BatchJournal.OpenLine(number: first + offset, expert: nil))
                }
            }
            first += page.count
            await Task.yield()
            try Task.checkCancellation()
        }
        let plan = try BatchPlanner.plan(problem, for: entry.order)
        let names = problem.experts.map(\.id)
        let lines = zip(routed, plan.lines).map { number, line in
            BatchJournal.OpenLine(
                number: number,
                expert: line.map { names[$0.expert] },
                alternatives: line?.alternatives.map { names[$0] } ?? [],
                peers: line?.peers ?? 0
            )
        }
        try journal.assign(lines + teams, of: entry.key)
        logger.info(
            "batch planned",
            metadata: [
                "batch": "\(entry.order.id)", "lines": "\(entry.order.lines)", "experts": "\(names.count)",
                "seconds": "\(plan.makespan)", "joules": "\(plan.joules)",
            ]
        )
    }

    /// The experts that are ready, as soon as there are any; on a gate that has just started, as soon as the fleet is there.
    private func fleet() async throws -> [(expert: Expert, host: HostStatus, capacity: ExpertCapacity)] {
        var ready = problems.readyExperts()
        var since = clock.now()
        while true {
            let isSettled = clock.now() > clock.fleetGathered || clock.now() - since >= Self.settleTime
            if !ready.isEmpty, isSettled { return ready }
            try await Task.sleep(for: Self.pause)
            let now = problems.readyExperts()
            if now.map(\.expert.id) != ready.map(\.expert.id) { since = clock.now() }
            ready = now
            if try await cutShort() { throw CancellationError() }
        }
    }

    private static func query(_ packed: [UInt8]) throws(StatusError) -> Query {
        do throws(WireError) { return try Query(decoding: packed) } catch {
            throw StatusError(.dataLoss, "a line of the batch is damaged in the journal: \(error.message)")
        }
    }

    // MARK: Lines

    /// Keeps the slots of one expert, or a few teams, busy.
    private func workOn(_ lane: ExpertID?) async throws {
        var missingSince: Duration?
        try await withThrowingTaskGroup(of: Void.self) { group in
            var active = 0
            while !lanes.isFinished {
                try Task.checkCancellation()
                let availability = lane.map(problems.availability) ?? .ready(slots: Self.teamLines)
                var slots = 0
                if case .ready(let count) = availability {
                    slots = count
                    missingSince = nil
                } else if let lane {
                    let since = missingSince ?? clock.now()
                    missingSince = since
                    if clock.now() - since > availability.patience { _ = lanes.abandon(lane) }
                }
                while active < slots, hasEnergyLeft, let line = lanes.next(for: lane) {
                    linesInFlight += 1
                    group.addTask { try await self.execute(line, on: lane) }
                    active += 1
                }
                if active > 0 {
                    try await group.next()
                    active -= 1
                } else {
                    try await Task.sleep(for: Self.pause)
                }
            }
        }
    }

    /// Whether one more line is expected to stay within the batch's energy limit, going by what lines took so far.
    private var hasEnergyLeft: Bool {
        guard let limit = entry.order.energyLimit else { return true }
        return progress.energy + progress.meanEnergy * Double(linesInFlight + 1) <= limit
    }

    private func execute(_ line: Int, on expert: ExpertID?) async throws {
        defer { linesInFlight -= 1 }
        do {
            let page = try journal.queries(of: entry.key, first: line, limit: 1)
            guard let packed = page.first else {
                throw StatusError(.dataLoss, "line \(line + 1) is not in the journal")
            }
            var query = try Self.query(packed)
            query.id = .random()
            query.expert = expert ?? query.expert
            query.priority = min(query.priority, -1)
            query.mayQueue = true
            query.isStreamed = false
            try finish(BatchResult(line: line, answer: try await answer(query)), expert: expert)
        } catch let error as StatusError {
            if Task.isCancelled { throw CancellationError() }
            try failed(line, on: expert, error)
        } catch is CancellationError {
            lanes.putBack(line)
            throw CancellationError()
        }
    }

    /// Many lines are answered at a time, so not on the actor.
    @concurrent
    private nonisolated func answer(_ query: Query) async throws -> Answer {
        try await engine.answer(query, client: ClientIdentity(name: entry.client), patience: .batch) { _ in }
    }

    private func failed(_ line: Int, on expert: ExpertID?, _ error: StatusError) throws {
        // An expert that is away will come back, or its lines go to others when it does not.
        if let expert, problems.availability(of: expert) == .away { return lanes.putBack(line) }
        failures[line, default: 0] += 1
        if Self.mayWorkElsewhere(error), failures[line, default: 0] < Self.attempts {
            if lanes.fail(line) { return }
            if expert == nil { return lanes.putBack(line) }
        }
        try finish(BatchResult(line: line, error: error), expert: expert)
    }

    private static func mayWorkElsewhere(_ error: StatusError) -> Bool {
        switch error.code {
        case .unavailable, .internal, .aborted, .deadlineExceeded, .dataLoss, .unknown: true
        default: false
        }
    }

    private func finish(_ result: BatchResult, expert: ExpertID?) throws {
        lanes.finish(result.line)
        failures[result.line] = nil
        let isFirst = try journal.finish(
            result,
            packed: result.encoded(),
            expert: expert,
            of: entry.key,
            elapsed: elapsed
        )
        if isFirst { progress.add(result, now: clock.now()) }
        news.announce()
    }

    /// Ends the batch when its energy is spent or its time is up: lines without a result get the reason as their result.
    /// - Returns: whether it did.
    private func cutShort() async throws -> Bool {
        let error: StatusError
        if let due = entry.due, clock.wall() > due {
            error = StatusError(.deadlineExceeded, "the batch's time was up before this line was answered")
        } else if let limit = entry.order.energyLimit, linesInFlight == 0, !hasEnergyLeft {
            error = StatusError(
                .resourceExhausted,
                "the batch's energy limit of \(Figures.energy(limit)) was reached before this line"
            )
        } else {
            return false
        }
        progress.detail = error.message
        if !entry.isPlanned, lanes.isFinished {
            lanes = BatchLanes(try journal.openLines(of: entry.key).map { BatchLanes.Line(number: $0.number) })
        }
        for line in lanes.openLines { try finish(BatchResult(line: line, error: error), expert: nil) }
        return true
    }
}
