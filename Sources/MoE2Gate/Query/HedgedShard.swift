import MoE2Core

/// Has a member's piece of a query executed. When it is slow, the next best expert outside the team gets the same piece: the
/// first that ends well takes the member's place, and the other is withdrawn.
///
/// Hedges are throttled over all queries, and one is started only if what the query's energy limit leaves pays for it.
struct HedgedShard: Sendable {
    let picker: TeamPicker
    let launcher: ShardLauncher
    let throttle: HedgeThrottle
    let ledger: TeamLedger

    /// How it went.
    struct Outcome: Sendable {
        /// Failures, and at the end the candidate that ended well, if one did.
        var candidates: [Candidate] = []
        /// What the shard that was withdrawn is taken to have cost.
        var withdrawn: Usage?
    }

    private enum Signal: Sendable {
        case ended(ShardLauncher.Launch, Candidate)
        case slow
        case cancelled
    }

    /// Runs the shard of `member`, which may take `allowance`.
    /// - Throws: `CancellationError` when the task is cancelled; the shards are withdrawn then.
    func run(
        _ member: TeamMember,
        allowance: Energy?,
        cause: ShardRecord.Cause,
        progress: QueryProgress
    ) async throws -> Outcome {
        var outcome = Outcome()
        ledger.ask(member.expert, allowance: allowance)
        let primary: ShardLauncher.Launch
        do throws(StatusError) {
            primary = try launch(member, allowance, cause, progress)
        } catch {
            ledger.settle(member.expert, spent: .zero)
            outcome.candidates = [Candidate(expert: member.expert, weight: member.weight, error: error)]
            return outcome
        }
        var open = [primary.run.shard.id: primary]
        await withTaskGroup(of: Signal.self) { group in
            group.addTask { await collect(primary, progress) }
            if let delay = launcher.settings.hedging?.delay(member.predicted), progress.query.expert == nil {
                group.addTask { (try? await Task.sleep(for: delay)) == nil ? .cancelled : .slow }
            }
            while !open.isEmpty, let signal = await group.next() {
                switch signal {
                case .ended(let launch, let candidate):
                    open[launch.run.shard.id] = nil
                    ledger.settle(candidate.expert, spent: candidate.usage.energy)
                    outcome.candidates.append(candidate)
                    guard candidate.error == nil else { continue }
                    withdraw(open.values, progress, &outcome)
                    open = [:]
                case .slow:
                    guard let hedge = startHedge(progress) else { continue }
                    open[hedge.run.shard.id] = hedge
                    group.addTask { await collect(hedge, progress) }
                case .cancelled:
                    guard Task.isCancelled else { continue }
                    withdraw(open.values, progress, &outcome)
                    open = [:]
                }
            }
            group.cancelAll()
        }
        try Task.checkCancellation()
        return outcome
    }

    private func launch(
        _ member: TeamMember,
        _ allowance: Energy?,
        _ cause: ShardRecord.Cause,
        _ progress: QueryProgress
    ) throws(StatusError) -> ShardLauncher.Launch {
        try launcher.launch(
            member,
            task: progress.task,
            messages: progress.query.messages,
            progress: progress,
            maxTokens: progress.query.decoding.maxTokens,
            allowance: allowance,
            cause: cause
        )
    }

    /// Waits for the end of a shard and books it.
    private func collect(_ launch: ShardLauncher.Launch, _ progress: QueryProgress) async -> Signal {
        let query = progress.query
        var candidate = Candidate(expert: launch.member.expert, weight: launch.member.weight)
        while let event = try? await launch.run.mailbox.next() {
            switch event {
            case .chunk(let chunk):
                candidate.text += chunk.text
            case .finished(let result):
                launcher.book(launch, result, progress: progress)
                candidate.usage = result.usage
                candidate.error = result.error ?? Self.missingScores(result, query)
                if candidate.error == nil, query.mode == .choice {
                    candidate.choiceProbabilities = AnswerMixer.probabilities(result.choiceLogProbabilities)
                }
                return .ended(launch, candidate)
            }
        }
        return .cancelled
    }

    private static func missingScores(_ result: ShardResult, _ query: Query) -> StatusError? {
        guard query.mode == .choice, result.choiceLogProbabilities.count != query.choices.count else { return nil }
        return StatusError(
            .internal,
            "it scored \(result.choiceLogProbabilities.count) of \(query.choices.count) choices"
        )
    }

    /// The same piece on the next best expert that nobody has asked, within the energy that is free.
    private func startHedge(_ progress: QueryProgress) -> ShardLauncher.Launch? {
        let imagined = progress.imagining(ledger)
        guard let member = try? picker.pickNow(imagined, size: 1).team.first else { return nil }
        let allowance = ledger.free.map { min($0, member.predicted.energyCeiling) }
        guard ledger.claim(member.expert, allowance: allowance) else { return nil }
        guard throttle.take(), let hedge = try? launch(member, allowance, .hedge, progress) else {
            ledger.settle(member.expert, spent: .zero)
            return nil
        }
        return hedge
    }

    private func withdraw(
        _ launches: some Sequence<ShardLauncher.Launch>,
        _ progress: QueryProgress,
        _ outcome: inout Outcome
    ) {
        for launch in launches {
            launcher.withdraw(launch, progress: progress)
            let energy = launch.member.predicted.energy
            ledger.settle(launch.member.expert, spent: energy)
            outcome.withdrawn = Usage(energy: energy + (outcome.withdrawn?.energy ?? .zero), energySource: .modelled)
        }
    }
}

extension QueryProgress {
    /// The same query with nothing left but what `ledger` has free, and without the experts that were asked already.
    func imagining(_ ledger: TeamLedger) -> QueryProgress {
        var imagined = self
        for expert in ledger.asked where imagined.failed[expert] == nil {
            imagined.failed[expert] = StatusError(.alreadyExists, "it is in the team")
        }
        if let free = ledger.free, let energyLimit { imagined.usage.energy = energyLimit - free }
        return imagined
    }
}
