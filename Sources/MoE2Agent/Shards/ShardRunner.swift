import MoE2Backends
import MoE2Core
import MoE2Energy

/// Executes one shard: drives the model server, sends the output, keeps deadline and allowance.
struct ShardRunner: Sendable {
    /// How often a shard's energy is compared with its allowance.
    static let allowanceInterval = Duration.milliseconds(25)

    let expert: ExpertRunner
    let energy: EnergyMonitor
    let session: AgentSession
    let deadlines: DeadlineQueue
    let executor: any TaskExecutor

    /// Executes `shard`. Cancelling the task stops it, which `stop` does.
    /// - Returns: what to tell the gate.
    func run(_ shard: Shard, stop: @escaping @Sendable () -> Void) async -> ShardEnd {
        let start = ContinuousClock.now
        await energy.begin(shard.id)
        let progress = ShardProgress(
            output: ChunkBuffer(linger: shard.linger, keepsLast: session.settings.finishPolls)
        )
        let outcome = await write(shard, start + shard.timeLeft, progress, stop)
        let cost = await energy.end(shard.id)
        var end = ShardEnd(shard: shard.id, result: Self.result(outcome, progress))
        end.result.usage.total = .now - start
        end.result.usage.energy = cost.energy.isValidCost ? cost.energy : .zero
        end.result.usage.energySource = cost.source
        if !progress.isCutOff { end.lastChunks = progress.output.takeLast() }
        if case .success(let figures) = outcome {
            end.gaveFirstRates = expert.learn(figures, energy: cost.energy, source: cost.source)
        }
        return end
    }

    /// Runs the model server and sends what it writes, until it ends or is stopped.
    private func write(
        _ shard: Shard,
        _ deadline: ContinuousClock.Instant,
        _ progress: ShardProgress,
        _ stop: @escaping @Sendable () -> Void
    ) async -> Result<BackendResult, any Error> {
        await withTaskCancellationHandler {
            let timeIsUp = deadlines.schedule(after: deadline - .now) {
                progress.stop(StatusError(.deadlineExceeded, "the shard's time of \(shard.timeLeft) is up"))
                stop()
            }
            let watching = shard.energyAllowance.map { allowance in
                Task { await watch(shard, allowance, progress, stop) }
            }
            defer {
                deadlines.cancel(timeIsUp)
                watching?.cancel()
            }
            let beginDelivery = { @Sendable in
                progress.deliver {
                    Task(executorPreference: executor) { await deliver(shard.id, deadline, progress, stop) }
                }
            }
            let outcome: Result<BackendResult, any Error>
            do {
                outcome = .success(try await generate(shard, progress, beginDelivery))
            } catch {
                outcome = .failure(error)
            }
            progress.output.close()
            if progress.output.needsReader { beginDelivery() }
            await progress.delivery?.value
            return outcome
        } onCancel: {
            progress.abandon(StatusError(.cancelled, "nobody waits for the shard any more"))
        }
    }

    /// Stops the shard when its energy is spent.
    private func watch(
        _ shard: Shard,
        _ allowance: Energy,
        _ progress: ShardProgress,
        _ stop: @Sendable () -> Void
    ) async {
        while !Task.isCancelled {
            let spent = await energy.spent(shard.id)
            guard spent <= allowance else {
                progress.stop(Self.overspent(spent, allowance))
                return stop()
            }
            try? await Task.sleep(for: Self.allowanceInterval)
        }
    }

    private func generate(
        _ shard: Shard,
        _ progress: ShardProgress,
        _ deliver: @escaping @Sendable () -> Void
    ) async throws -> BackendResult {
        let result = try await expert.backend.execute(shard) { output in
            try Task.checkCancellation()
            progress.wrote(output.tokens)
            energy.progress(shard.id, completionTokens: output.tokens)
            await progress.output.add(output, whenDue: deliver)
        }
        energy.progress(
            shard.id,
            promptTokens: result.prefillTokens,
            completionTokens: max(0, result.completionTokens - progress.tokens)
        )
        return result
    }

    /// Sends the output as it comes; the next chunks go when the last have arrived.
    private func deliver(
        _ shard: ShardID,
        _ deadline: ContinuousClock.Instant,
        _ progress: ShardProgress,
        _ stop: @Sendable () -> Void
    ) async {
        while true {
            let chunks = await progress.output.next()
            guard !chunks.isEmpty else { return }
            do {
                guard try await session.send(chunks, of: shard, until: deadline) else {
                    throw StatusError(.cancelled, "nobody waits for the shard any more")
                }
            } catch {
                progress.stop(error as? StatusError ?? StatusError(.aborted, "the session with the gate has ended"))
                progress.cutOff()
                return stop()
            }
        }
    }

    private static func result(_ outcome: Result<BackendResult, any Error>, _ progress: ShardProgress) -> ShardResult {
        var result = ShardResult(chunks: progress.output.count)
        switch outcome {
        case .success(let figures):
            // A shard that was stopped as it ended has ended well.
            result.finishReason = figures.finishReason
            result.choiceLogProbabilities = figures.choiceLogProbabilities
            result.embedding = figures.embedding
            result.usage = Usage(
                promptTokens: figures.promptTokens,
                completionTokens: figures.completionTokens,
                prefill: figures.prefill,
                decode: figures.decode
            )
            if let lost = progress.cause, lost.code == .aborted || lost.code == .dataLoss { result.error = lost }
        case .failure(let error):
            result.finishReason = .interrupted
            result.usage.completionTokens = progress.tokens
            if let cause = progress.cause {
                result.error = cause
            } else if error is CancellationError {
                result.error = StatusError(.cancelled, "the shard was stopped")
            } else {
                result.error = error as? StatusError ?? StatusError(.internal, "\(error)")
            }
        }
        return result
    }

    private static func overspent(_ spent: Energy, _ allowance: Energy) -> StatusError {
        let figure = { (energy: Energy) in (energy.joules * 1000).rounded() / 1000 }
        return StatusError(
            .resourceExhausted,
            "the shard's energy allowance of \(figure(allowance)) J is spent (\(figure(spent)) J); allow more, or ask for less"
        )
    }
}
