public import MoE2Core
public import MoE2Gating

/// Asks every expert every prompt that has no outcome yet, and logs what comes back.
public struct CalibrationRun: Sendable {
    /// How to ask.
    public struct Settings: Sendable {
        /// Queries on their way at a time, ≥ 1.
        public var parallel = 4
        /// How often a query is sent before its pair is given up, ≥ 1.
        public var attempts = 4
        /// The pause before the second attempt; doubles from there.
        public var pause = Duration.milliseconds(500)
        /// The most tokens an expert may write.
        public var maxTokens = 512

        /// The defaults.
        public init() {}
    }

    /// Where the run stands.
    public struct Progress: Sendable, Equatable {
        /// Pairs in all, those of earlier runs included.
        public let total: Int
        /// Pairs with an outcome.
        public internal(set) var done: Int
        /// Pairs that were given up in this run.
        public internal(set) var failed = 0
        /// Energy measured in this run.
        public internal(set) var energy = Energy.zero
    }

    /// A pair that was given up, and why.
    public struct Failure: Sendable {
        /// The prompt and the expert.
        public let pair: CalibrationLog.Pair
        /// The last error.
        public let error: any Error
    }

    private struct Job: Sendable {
        let prompt: CalibrationPrompt
        let expert: ExpertID
        var pair: CalibrationLog.Pair { .init(prompt: prompt.id, model: expert.rawValue) }
    }

    private let format: CalibrationFormat
    private let settings: Settings
    private let ask: @Sendable (Query) async throws -> Answer

    /// A run in `format` that sends queries by `ask`.
    public init(
        format: CalibrationFormat,
        settings: Settings = Settings(),
        ask: @escaping @Sendable (Query) async throws -> Answer
    ) {
        self.format = format
        self.settings = settings
        self.ask = ask
    }

    /// Asks all `experts` all `prompts`, except for the pairs that `log` holds. `report` hears of every step.
    ///
    /// Outcomes are logged as they come: cancelling or killing the run loses none, and the next run asks only for the rest.
    /// - Returns: the pairs that were given up.
    /// - Throws: `CalibrationError` when the log cannot be written, ``StatusError`` when the gate is out of reach,
    ///   `CancellationError`.
    public func run(
        prompts: [CalibrationPrompt],
        experts: [ExpertID],
        log: CalibrationLog,
        report: (Progress) -> Void
    ) async throws -> [Failure] {
        // Prompt by prompt, so that a run that is cut short has outcomes of all experts.
        let all = prompts.flatMap { prompt in experts.map { Job(prompt: prompt, expert: $0) } }
        var jobs = all.filter { !log.done.contains($0.pair) }[...]
        var progress = Progress(total: all.count, done: all.count - jobs.count)
        var failures: [Failure] = []
        report(progress)
        try await withThrowingTaskGroup(of: (Job, Result<Outcome, any Error>).self) { group in
            func start() {
                guard let job = jobs.popFirst() else { return }
                group.addTask { (job, await result(of: job)) }
            }
            for _ in 0..<max(settings.parallel, 1) { start() }
            while let (job, result) = try await group.next() {
                switch result {
                case .success(let outcome):
                    try log.append(job.pair, outcome.fields)
                    progress.done += 1
                    progress.energy += outcome.energy
                case .failure(let error):
                    if error is CancellationError || Self.isOutOfReach(error) { throw error }
                    failures.append(Failure(pair: job.pair, error: error))
                    progress.failed += 1
                }
                report(progress)
                start()
            }
        }
        return failures
    }

    private struct Outcome: Sendable {
        let fields: [String]
        let energy: Energy
    }

    private func result(of job: Job) async -> Result<Outcome, any Error> {
        var pause = settings.pause
        var attempt = 1
        while true {
            do {
                let answer = try await ask(format.query(job.prompt, of: job.expert, maxTokens: settings.maxTokens))
                let fields = try format.fields(answer, to: job.prompt, of: job.expert)
                return .success(Outcome(fields: fields, energy: answer.usage.energy))
            } catch {
                guard attempt < settings.attempts, Self.mayPass(error), !Task.isCancelled else {
                    return .failure(error)
                }
                attempt += 1
                do { try await Task.sleep(for: pause) } catch { return .failure(error) }
                pause = pause * 2
            }
        }
    }

    /// Whether the same query may be answered a little later.
    private static func mayPass(_ error: any Error) -> Bool {
        switch (error as? StatusError)?.code {
        case .unavailable, .deadlineExceeded, .resourceExhausted, .aborted, .internal: true
        case nil: error is CalibrationError
        default: false
        }
    }

    /// Whether no other query will be answered either.
    private static func isOutOfReach(_ error: any Error) -> Bool {
        switch (error as? StatusError)?.code {
        case .unavailable, .unauthenticated, .permissionDenied, .cancelled: true
        default: false
        }
    }
}
