import MoE2Core

/// Starts the shards of a query and books their ends.
final class ShardLauncher: Sendable {
    let hub: FleetHub
    let costs: CostBook
    let breakers: BreakerBoard
    let observer: any GateObserver
    let board: SettingsBoard
    /// What is to be done when a query's time is over, or when a shard is slow.
    let deadlines: DeadlineQueue
    let now: @Sendable () -> Duration
    let makeShardID: @Sendable () -> ShardID

    init(
        hub: FleetHub,
        costs: CostBook,
        breakers: BreakerBoard,
        observer: any GateObserver,
        board: SettingsBoard,
        deadlines: DeadlineQueue,
        now: @escaping @Sendable () -> Duration,
        makeShardID: @escaping @Sendable () -> ShardID
    ) {
        self.hub = hub
        self.costs = costs
        self.breakers = breakers
        self.observer = observer
        self.board = board
        self.deadlines = deadlines
        self.now = now
        self.makeShardID = makeShardID
    }

    var settings: EngineSettings { board.settings }

    /// A shard with what is needed to book its end.
    struct Launch: Sendable {
        var run: ShardRun
        var member: TeamMember
        var cause: ShardRecord.Cause
    }

    /// Hands `member` its piece of the query. `allowance` is the most energy it may take; nil leaves it what is left of
    /// the query's.
    /// - Throws: `unavailable` when the expert went away meanwhile, `resourceExhausted` when the queue is full,
    ///   `deadlineExceeded` when the query's time is over.
    func launch(
        _ member: TeamMember,
        task: Shard.Task,
        messages: [Message],
        progress: QueryProgress,
        maxTokens: Int,
        allowance: Energy? = nil,
        cause: ShardRecord.Cause
    ) throws(StatusError) -> Launch {
        guard breakers.admits(member.expert) else {
            throw StatusError(.unavailable, "the circuit breaker of expert '\(member.expert)' is open")
        }
        let query = progress.query
        var decoding = query.decoding
        decoding.maxTokens = maxTokens
        let shard = Shard(
            id: makeShardID(),
            expert: member.expert,
            task: task,
            messages: messages,
            choices: task == .scoreChoices ? query.choices : [],
            decoding: decoding,
            timeLeft: max(progress.cutOff - now(), .zero),
            energyAllowance: allowance ?? progress.energyLeft,
            traceParent: query.traceParent,
            linger: progress.linger
        )
        let run: ShardRun
        do throws(StatusError) {
            run = try hub.submit(
                shard,
                client: progress.client.name,
                priority: query.priority,
                queueLimit: settings.queueLimit
            )
        } catch {
            // A half-open breaker let this shard through; it says nothing of the expert.
            breakers.record(member.expert, StatusError(.cancelled, "not started"))
            throw error
        }
        let launch = Launch(run: run, member: member, cause: cause)
        guard progress.shards.add(launch) else {
            stop(launch, telling: nil, why: StatusError(.cancelled, "the query's time is over"), progress)
            throw Self.outOfTime
        }
        return launch
    }

    /// Books the end of a shard: for the breaker, the cost model and the observers. One that was stopped at the query's
    /// deadline is booked when its agent says what it took.
    func book(_ launch: Launch, _ result: ShardResult, progress: QueryProgress) {
        guard progress.shards.remove(launch.run.shard.id) else { return }
        record(launch, result, progress)
    }

    /// Stops a shard that nobody waits for any more; what it took is booked when the agent says so.
    func withdraw(_ launch: Launch, progress: QueryProgress) {
        guard progress.shards.remove(launch.run.shard.id) else { return }
        stop(launch, telling: nil, why: StatusError(.cancelled, "the shard was withdrawn"), progress)
        breakers.record(launch.member.expert, StatusError(.cancelled, "withdrawn"))
    }

    /// The query's time is over: stops its shards and tells whoever waits for them.
    func expire(_ progress: QueryProgress) {
        for launch in progress.shards.expire() {
            stop(
                launch,
                telling: ShardResult(error: Self.outOfTime, finishReason: .interrupted),
                why: Self.outOfTime,
                progress
            )
        }
    }

    private static let outOfTime = StatusError(
        .deadlineExceeded,
        "the query's latency limit was reached before the expert had finished"
    )

    private func stop(_ launch: Launch, telling: ShardResult?, why: StatusError, _ progress: QueryProgress) {
        hub.withdraw(launch.run, telling: telling) { result in
            var stopped = result
            if stopped.error == nil || stopped.error?.code == .cancelled { stopped.error = why }
            self.record(launch, stopped, progress)
        }
    }

    private func record(_ launch: Launch, _ result: ShardResult, _ progress: QueryProgress) {
        breakers.record(launch.member.expert, result.error)
        let record = ShardRecord(
            query: progress.query.id,
            client: progress.client,
            category: progress.category,
            shard: launch.run.shard.id,
            expert: launch.member.expert,
            host: launch.member.host,
            predicted: launch.member.predicted,
            elapsed: now() - launch.run.submitted,
            cause: launch.cause,
            result: result
        )
        costs.observe(record, shard: launch.run.shard, powerMode: hub.powerMode(of: launch.member.host))
        observer.shardFinished(record)
    }
}
