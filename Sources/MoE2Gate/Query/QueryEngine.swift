import Logging
public import MoE2Core

/// Answers queries: admits, gates, dispatches, mixes, books.
public struct QueryEngine: Sendable {
    let picker: TeamPicker
    let launcher: ShardLauncher
    let throttle: HedgeThrottle
    let board: SettingsBoard
    let logger: Logger

    var settings: EngineSettings { board.settings }
    var observer: any GateObserver { launcher.observer }
    var now: Duration { launcher.now() }

    /// Answers `query`; every event is handed to `emit`, which may take its time: a slow client slows only its own
    /// experts.
    /// - Returns: the whole answer, which was also emitted as the last event.
    /// - Throws: ``StatusError`` with the cause and the cure; `CancellationError` when the task is cancelled.
    @discardableResult
    public func answer(
        _ query: Query,
        client: ClientIdentity,
        emit: @escaping @Sendable (QueryEvent) async throws -> Void
    ) async throws -> Answer {
        try await answer(query, client: client, patience: .interactive, emit: emit)
    }

    /// The same, as patiently as `patience` says.
    @discardableResult
    func answer(
        _ query: Query,
        client: ClientIdentity,
        patience: QueryPatience,
        emit: @escaping @Sendable (QueryEvent) async throws -> Void
    ) async throws -> Answer {
        try QueryLimits.check(query)
        throttle.earn()
        var progress = admit(query, client, patience)
        observer.queryStarted(query, client: client, category: progress.category)
        // Stops the query's shards when its time is over, whatever its experts and agents do.
        let deadline = launcher.deadlines.schedule(at: progress.cutOff) { [launcher, progress] in
            launcher.expire(progress)
        }
        defer { launcher.deadlines.cancel(deadline) }
        let report: @Sendable (QueryEvent) async throws -> Void = { [observer] event in
            if case .decided(let decision) = event {
                observer.queryDecided(query.id, client: client, decision: decision)
            }
            try await emit(event)
        }
        await picker.scorers.scorer.prepare(query.prompt)
        do {
            let answer =
                switch query.mode {
                case .route:
                    try await RouteExecution(picker: picker, launcher: launcher, throttle: throttle, emit: report)
                        .run(&progress)
                case .choice, .vote, .best:
                    try await TeamExecution(picker: picker, launcher: launcher, throttle: throttle, emit: report)
                        .run(&progress)
                }
            try await emit(.done(answer))
            finish(progress, answer: answer, error: nil)
            return answer
        } catch {
            finish(progress, answer: nil, error: Self.status(of: error))
            throw error
        }
    }

    /// Any error as the books and the metrics know it.
    static func status(of error: any Error) -> StatusError {
        if let status = error as? StatusError { return status }
        return error is CancellationError
            ? StatusError(.cancelled, "the client gave up") : StatusError(.internal, "\(error)")
    }

    func admit(_ query: Query, _ client: ClientIdentity, _ patience: QueryPatience) -> QueryProgress {
        let category = query.category ?? settings.defaultCategory
        let limits = settings.settings(for: category)
        let time = now
        let latencyLimit = [query.budget.latency, patience == .batch ? nil : limits.latency].compactMap { $0 }.min()
        let energy = [query.budget.energy, limits.energy, client.energyPerQuery].compactMap { $0 }.min()
        return QueryProgress(
            AdmittedQuery(
                query: query,
                client: client,
                category: category,
                admitted: time,
                deadline: time + (latencyLimit ?? settings.longestAnswer),
                hasLatencyLimit: latencyLimit != nil,
                energyLimit: energy
            )
        )
    }

    func finish(_ progress: QueryProgress, answer: Answer?, error: StatusError?) {
        let query = progress.query
        let record = QueryRecord(
            query: query,
            client: progress.client,
            category: progress.category,
            answer: answer,
            error: error,
            elapsed: now - progress.admitted,
            energyLimit: progress.energyLimit,
            latencyLimit: progress.deadline - progress.admitted,
            usage: progress.usage
        )
        observer.queryFinished(record)
        // No prompt and no answer text: those belong to the client.
        logger.info(
            "query \(error == nil ? "answered" : "failed")",
            metadata: [
                "query": "\(query.id)", "client": "\(progress.client.name)", "category": "\(progress.category)",
                "mode": "\(query.mode)", "ms": "\(Int(record.elapsed.milliseconds.rounded()))",
                "joules": "\(progress.usage.energy.joules)", "retries": "\(progress.retries)",
                "team": "\(answer?.decision.team.map(\.expert.rawValue).joined(separator: ",") ?? "")",
                "status": "\(error?.code.name ?? "OK")",
            ]
        )
    }
}
