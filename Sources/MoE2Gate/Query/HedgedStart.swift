import MoE2Core

/// Waits for the first event of a shard and, when it is slow, starts the same on another expert: the first token wins.
struct HedgedStart: Sendable {
    let picker: TeamPicker
    let launcher: ShardLauncher
    let throttle: HedgeThrottle

    /// How the start went: the shard that writes and its first event, or the error of the last one that failed.
    struct Result {
        var winner: (ShardLauncher.Launch, ShardEvent)?
        var error: StatusError
    }

    /// The first event of `primary` or of its hedge. The loser is withdrawn; its expected cost counts as spent.
    func firstEvent(
        of primary: ShardLauncher.Launch,
        messages: [Message],
        _ progress: inout QueryProgress
    ) async throws -> Result {
        var first = try await orDrop(primary, &progress) { try await eventInTime(of: primary) }
        if first == nil {
            if let hedge = startHedge(messages, running: primary, progress) {
                return try await race(primary, hedge, &progress)
            }
            first = try await orDrop(primary, &progress) { try await primary.run.mailbox.next() }
        }
        var result = Result(winner: nil, error: StatusError(.cancelled, "the query was cancelled"))
        if let first { take(first, of: primary, &result, &progress) }
        return result
    }

    /// What `body` returns; when it throws, the shard is dropped.
    private func orDrop<Value>(
        _ launch: ShardLauncher.Launch,
        _ progress: inout QueryProgress,
        _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch {
            drop([launch], &progress)
            throw error
        }
    }

    /// The first event; nil when the shard is slow.
    private func eventInTime(of launch: ShardLauncher.Launch) async throws -> ShardEvent? {
        guard let delay = launcher.settings.hedging?.delay(launch.member.predicted) else {
            return try await launch.run.mailbox.next()
        }
        let alarm = launcher.deadlines.schedule(at: launcher.now() + delay) { launch.run.mailbox.nudge() }
        defer { launcher.deadlines.cancel(alarm) }
        return try await launch.run.mailbox.nextUnlessNudged()
    }

    /// Notes what the first event of a shard means.
    private func take(
        _ event: ShardEvent,
        of launch: ShardLauncher.Launch,
        _ result: inout Result,
        _ progress: inout QueryProgress
    ) {
        guard case .finished(let end) = event, let error = end.error else {
            result.winner = (launch, event)
            return
        }
        launcher.book(launch, end, progress: progress)
        progress.spend(end.usage)
        progress.note(failure: error, of: launch.member.expert)
        result.error = error
    }

    private func race(
        _ primary: ShardLauncher.Launch,
        _ hedge: ShardLauncher.Launch,
        _ progress: inout QueryProgress
    ) async throws -> Result {
        var open = [primary.run.shard.id: primary, hedge.run.shard.id: hedge]
        var result = Result(winner: nil, error: StatusError(.cancelled, "the query was cancelled"))
        await withTaskGroup(of: (ShardLauncher.Launch, ShardEvent)?.self) { group in
            for launch in [primary, hedge] {
                group.addTask { (try? await launch.run.mailbox.next()).map { (launch, $0) } }
            }
            while result.winner == nil, let first = await group.next() {
                guard let (launch, event) = first else { continue }
                open[launch.run.shard.id] = nil
                take(event, of: launch, &result, &progress)
            }
            group.cancelAll()
        }
        drop(open.values, &progress)
        if result.winner == nil { try Task.checkCancellation() }
        return result
    }

    private func drop(_ launches: some Sequence<ShardLauncher.Launch>, _ progress: inout QueryProgress) {
        for launch in launches {
            launcher.withdraw(launch, progress: progress)
            progress.spend(Usage(energy: launch.member.predicted.energy, energySource: .modelled))
        }
    }

    /// The same shard on the next best expert, when the energy budget pays for both.
    private func startHedge(
        _ messages: [Message],
        running: ShardLauncher.Launch,
        _ progress: QueryProgress
    ) -> ShardLauncher.Launch? {
        var imagined = progress
        imagined.failed[running.member.expert] = StatusError(.unavailable, "it is slow")
        imagined.spend(Usage(energy: running.member.predicted.energyP90))
        guard progress.query.expert == nil,
            let decision = try? picker.pickNow(imagined, size: 1), throttle.take()
        else { return nil }
        return try? launcher.launch(
            decision.team[0],
            task: .generate,
            messages: messages,
            progress: imagined,
            maxTokens: running.run.shard.decoding.maxTokens,
            cause: .hedge
        )
    }
}
