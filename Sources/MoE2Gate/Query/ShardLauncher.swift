import MoE2Core

/// Starts the shards of a query and books their ends.
struct ShardLauncher: Sendable {
    let hub: FleetHub
    let costs: CostBook
    let breakers: BreakerBoard
    let observer: any GateObserver
    let settings: EngineSettings
    let now: @Sendable () -> Duration
    let makeShardID: @Sendable () -> ShardID

    /// A shard with what is needed to book its end.
    struct Launch: Sendable {
        var run: ShardRun
        var member: TeamMember
        var cause: ShardRecord.Cause
    }

    /// Hands `member` its piece of the query.
    /// - Throws: `unavailable` when the expert went away meanwhile, `resourceExhausted` when the queue is full.
    func launch(
        _ member: TeamMember,
        task: Shard.Task,
        messages: [Message],
        progress: QueryProgress,
        maxTokens: Int,
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
            timeLeft: max(progress.deadline - now(), .zero),
            energyAllowance: progress.energyLeft,
            traceParent: query.traceParent
        )
        let run = try hub.submit(
            shard,
            client: progress.client.name,
            priority: query.priority,
            queueLimit: settings.queueLimit
        )
        return Launch(run: run, member: member, cause: cause)
    }

    /// Books the end of a shard: for the breaker, the cost model and the observers.
    func book(_ launch: Launch, _ result: ShardResult, progress: QueryProgress) {
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
        costs.observe(record)
        observer.shardFinished(record)
    }

    /// Stops a shard that nobody waits for any more; what it took is booked when the agent says so.
    func withdraw(_ launch: Launch, progress: QueryProgress) {
        hub.withdraw(launch.run) { result in
            var stopped = result
            stopped.error = StatusError(.cancelled, "the shard was withdrawn")
            book(launch, stopped, progress: progress)
        }
        breakers.record(launch.member.expert, StatusError(.cancelled, "withdrawn"))
    }
}
