import Logging
import MoE2Backends
import MoE2Core
import MoE2Energy
import Synchronization

/// Executes one shard: drives the model server, sends the output, keeps deadline and allowance, tells how it ended.
struct ShardRunner: Sendable {
    /// How long it is tried to tell how a shard ended: when it ended by itself, and when it was stopped.
    static let finishLimit = Duration.seconds(10)
    static let stoppedFinishLimit = Duration.seconds(2)
    /// How often a shard's energy is compared with its allowance.
    static let allowanceInterval = Duration.milliseconds(25)

    let expert: ExpertRunner
    let energy: EnergyMonitor
    let session: AgentSession
    let logger: Logger

    /// Executes `shard`. Cancelling the task stops it.
    /// - Returns: whether the expert's rates were learned for the first time.
    func run(_ shard: Shard) async -> Bool {
        let start = ContinuousClock.now
        await energy.begin(shard.id)
        let progress = ShardProgress()
        let outcome = await write(shard, start + shard.timeLeft, progress)
        let cost = await energy.end(shard.id)
        var result = Self.result(outcome, progress)
        result.usage.total = .now - start
        result.usage.energy = cost.energy.isValidCost ? cost.energy : .zero
        result.usage.energySource = cost.source
        await tell(shard.id, result)
        guard case .success(let figures) = outcome else { return false }
        return expert.learn(figures, energy: cost.energy, source: cost.source)
    }

    /// Runs the model server and sends what it writes, until it ends or is stopped.
    private func write(
        _ shard: Shard,
        _ deadline: ContinuousClock.Instant,
        _ progress: ShardProgress
    ) async -> Result<BackendResult, any Error> {
        let writer = Task { try await generate(shard, progress) }
        return await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    try? await Task.sleep(until: deadline, clock: .continuous)
                    guard !Task.isCancelled else { return }
                    progress.stop(StatusError(.deadlineExceeded, "the shard's time of \(shard.timeLeft) is up"))
                    writer.cancel()
                }
                group.addTask {
                    guard let allowance = shard.energyAllowance else { return }
                    guard let spent = await exceeds(allowance, shard.id) else { return }
                    progress.stop(Self.overspent(spent, allowance))
                    writer.cancel()
                }
                group.addTask {
                    _ = await writer.result
                    progress.output.close()
                }
                await deliver(shard.id, deadline, progress, writer)
                let result = await writer.result
                group.cancelAll()
                return result
            }
        } onCancel: {
            progress.stop(StatusError(.cancelled, "nobody waits for the shard any more"))
            writer.cancel()
        }
    }

    private func generate(_ shard: Shard, _ progress: ShardProgress) async throws -> BackendResult {
        let result = try await expert.backend.execute(shard) { output in
            try Task.checkCancellation()
            progress.wrote(output.tokens)
            await energy.progress(shard.id, completionTokens: output.tokens)
            await progress.output.add(output)
        }
        await energy.progress(
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
        _ writer: Task<BackendResult, any Error>
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
                progress.output.close()
                writer.cancel()
                return
            }
        }
    }

    /// Waits until the shard has spent more than `allowance`.
    /// - Returns: what it has spent; nil when the task is cancelled before.
    private func exceeds(_ allowance: Energy, _ shard: ShardID) async -> Energy? {
        while !Task.isCancelled {
            let spent = await energy.spent(shard)
            if spent > allowance { return spent }
            try? await Task.sleep(for: Self.allowanceInterval)
        }
        return nil
    }

    private func tell(_ shard: ShardID, _ result: ShardResult) async {
        if let error = result.error {
            logger.log(
                level: error.code == .cancelled ? .debug : .warning,
                "shard failed",
                metadata: ["shard": "\(shard)", "expert": "\(expert.id)", "why": "\(error)"]
            )
        }
        let limit = Task.isCancelled ? Self.stoppedFinishLimit : Self.finishLimit
        // Also when the shard was stopped: the gate books what it took.
        let telling = Task { try await session.finish(shard, result, until: .now + limit) }
        if case .failure(let error) = await telling.result {
            logger.debug("the gate was not told", metadata: ["shard": "\(shard)", "why": "\(error)"])
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
