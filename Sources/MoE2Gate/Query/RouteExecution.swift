import MoE2Core

/// Answers a query by one expert, streamed as it is written (`route`).
///
/// A failure before the first token starts over on the next best expert, unseen by the client but for a second
/// `decided`; one after it continues from the text so far where the next expert can, else ends the answer as degraded.
struct RouteExecution: Sendable {
    let picker: TeamPicker
    let launcher: ShardLauncher
    let throttle: HedgeThrottle
    let emit: @Sendable (QueryEvent) async throws -> Void

    private var now: Duration { launcher.now() }

    func run(_ progress: inout QueryProgress) async throws -> Answer {
        var written = Written()
        var lastError: StatusError?
        for attempt in 0..<launcher.settings.maximumAttempts {
            let decision: TeamDecision
            do {
                decision = try await picker.pick(progress, size: 1)
            } catch let error as StatusError {
                // What went wrong first tells the user more than that nobody is left.
                if written.text.isEmpty { throw lastError ?? error }
                break
            }
            written.decision = decision
            if attempt > 0 { progress.retries += 1 }
            try await emit(.decided(decision))
            switch try await self.attempt(decision.team[0], attempt: attempt, &written, &progress) {
            case .finished(let result):
                return answer(written, finish: result.finishReason, progress)
            case .failed(let error):
                lastError = error
                if !isWorthRetrying(error) {
                    if written.text.isEmpty { throw error }
                    progress.degraded = "the answer stops early: \(error.message)"
                    return answer(written, finish: .interrupted, progress)
                }
            }
        }
        guard !written.text.isEmpty else {
            throw lastError ?? StatusError(.unavailable, "no expert answered")
        }
        progress.degraded = "the answer stops early: \(lastError?.message ?? "no expert could continue it")"
        return answer(written, finish: .interrupted, progress)
    }

    /// What the client has been sent so far.
    private struct Written {
        var decision: TeamDecision?
        var text = ""
        var tokens = 0
        var chunks: UInt32 = 0
        var candidates: [Candidate] = []
    }

    private enum Outcome {
        case finished(ShardResult)
        case failed(StatusError)
    }

    private func attempt(
        _ member: TeamMember,
        attempt: Int,
        _ written: inout Written,
        _ progress: inout QueryProgress
    ) async throws -> Outcome {
        let query = progress.query
        var messages = query.messages
        if !written.text.isEmpty { messages.append(Message(role: .assistant, content: written.text)) }
        let cause: ShardRecord.Cause = attempt == 0 ? .first : written.text.isEmpty ? .retry : .continuation
        let primary: ShardLauncher.Launch
        do throws(StatusError) {
            primary = try launcher.launch(
                member,
                task: .generate,
                messages: messages,
                progress: progress,
                maxTokens: max(1, query.decoding.maxTokens - written.tokens),
                cause: cause
            )
        } catch {
            progress.note(failure: error, of: member.expert)
            return .failed(error)
        }
        let start = HedgedStart(picker: picker, launcher: launcher, throttle: throttle)
        let first = try await start.firstEvent(of: primary, messages: messages, &progress)
        guard let (launch, event) = first.winner else { return .failed(first.error) }
        if launch.member.expert != member.expert, let decision = written.decision {
            // The hedge won: the client is told who writes.
            let hedged = TeamDecision(
                team: [launch.member],
                predicted: launch.member.predicted,
                plan: decision.plan,
                category: decision.category,
                considered: decision.considered
            )
            written.decision = hedged
            try await emit(.decided(hedged))
        }
        return try await stream(launch, first: event, &written, &progress)
    }

    private func stream(
        _ launch: ShardLauncher.Launch,
        first: ShardEvent,
        _ written: inout Written,
        _ progress: inout QueryProgress
    ) async throws -> Outcome {
        var event = first
        var text = ""
        do {
            while true {
                switch event {
                case .chunk(var chunk):
                    if progress.firstToken == nil { progress.firstToken = now - progress.admitted }
                    chunk.sequence = written.chunks
                    written.chunks += 1
                    written.tokens += chunk.tokens
                    written.text += chunk.text
                    text += chunk.text
                    try await emit(.text(chunk))
                    event = try await launch.run.mailbox.next()
                case .finished(let result):
                    launcher.book(launch, result, progress: progress)
                    progress.spend(result.usage)
                    written.candidates.append(
                        Candidate(
                            expert: launch.member.expert,
                            weight: 1,
                            text: text,
                            usage: result.usage,
                            error: result.error
                        )
                    )
                    guard let error = result.error else { return .finished(result) }
                    progress.note(failure: error, of: launch.member.expert)
                    return .failed(error)
                }
            }
        } catch {
            launcher.withdraw(launch, progress: progress)
            throw error
        }
    }

    private func answer(_ written: Written, finish: ShardResult.FinishReason, _ progress: QueryProgress) -> Answer {
        var usage = progress.usage
        usage.total = now - progress.admitted
        return Answer(
            text: written.text,
            decision: written.decision
                ?? TeamDecision(team: [], predicted: .zero, plan: 0, category: progress.category),
            candidates: written.candidates,
            usage: usage,
            timeToFirstToken: progress.firstToken ?? usage.total,
            finishReason: finish,
            degraded: progress.degraded,
            retries: progress.retries
        )
    }
}

/// Whether another expert may do better. The query's own faults and its spent budgets stay.
func isWorthRetrying(_ error: StatusError) -> Bool {
    switch error.code {
    case .invalidArgument, .deadlineExceeded, .cancelled, .permissionDenied, .unauthenticated: false
    default: true
    }
}
