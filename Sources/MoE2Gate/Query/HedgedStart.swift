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

    private enum Signal: Sendable {
        case event(ShardLauncher.Launch, ShardEvent)
        case slow
        case cancelled
    }

    /// The first event of `primary` or of its hedge. The loser is withdrawn; its expected cost counts as spent.
    func firstEvent(
        of primary: ShardLauncher.Launch,
        messages: [Message],
        _ progress: inout QueryProgress
    ) async throws -> Result {
        var open: [ShardID: ShardLauncher.Launch] = [primary.run.shard.id: primary]
        var result = Result(winner: nil, error: StatusError(.cancelled, "the query was cancelled"))
        await withTaskGroup(of: Signal.self) { group in
            wait(for: primary, in: &group)
            if let delay = launcher.settings.hedging?.delay(primary.member.predicted) {
                group.addTask {
                    do { try await Task.sleep(for: delay) } catch { return .cancelled }
                    return .slow
                }
            }
            while !open.isEmpty, let signal = await group.next() {
                switch signal {
                case .event(let launch, .finished(let end)) where end.error != nil:
                    open[launch.run.shard.id] = nil
                    launcher.book(launch, end, progress: progress)
                    progress.spend(end.usage)
                    let error = end.error ?? result.error
                    progress.note(failure: error, of: launch.member.expert)
                    result.error = error
                case .event(let launch, let event):
                    open[launch.run.shard.id] = nil
                    result.winner = (launch, event)
                    group.cancelAll()
                    drop(open.values, &progress)
                    return
                case .slow:
                    guard open.count == 1, let hedge = startHedge(messages, running: primary, progress) else {
                        continue
                    }
                    open[hedge.run.shard.id] = hedge
                    wait(for: hedge, in: &group)
                case .cancelled:
                    guard Task.isCancelled else { continue }
                    group.cancelAll()
                    drop(open.values, &progress)
                    return
                }
            }
            group.cancelAll()
        }
        try Task.checkCancellation()
        return result
    }

    private func wait(for launch: ShardLauncher.Launch, in group: inout TaskGroup<Signal>) {
        group.addTask {
            guard let event = try? await launch.run.mailbox.next() else { return .cancelled }
            return .event(launch, event)
        }
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
