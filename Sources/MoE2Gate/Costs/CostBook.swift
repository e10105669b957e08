import MoE2Core
import MoE2Costs
import Synchronization

/// The cost model in force: queries read it, shards that end teach it.
final class CostBook: Sendable {
    /// Bytes of English text a token stands for, about, until the model server has counted.
    private static let bytesPerToken = 4
    /// Tokens that a chat template adds to a message, about.
    private static let tokensPerMessage = 4

    private let model = Mutex(CostModel())

    /// About how many tokens the messages have.
    func promptTokens(of messages: [Message]) -> Int {
        messages.reduce(0) { $0 + $1.content.utf8.count / Self.bytesPerToken + Self.tokensPerMessage }
    }

    /// What a shard of `expert` would cost now.
    func estimate(
        _ expert: Expert,
        on host: HostStatus,
        capacity: ExpertCapacity?,
        load: ExpertLoad?,
        category: Category,
        promptTokens: Int,
        maxTokens: Int
    ) -> CostEstimate {
        model.withLock {
            $0.estimate(
                expert,
                on: host,
                capacity: capacity,
                category: category,
                promptTokens: promptTokens,
                maxTokens: maxTokens,
                shardsAhead: load?.shardsAhead ?? 0
            )
        }
    }

    /// Learns from a shard. One that failed says nothing of what its expert costs.
    func observe(_ record: ShardRecord) {
        guard record.result.error == nil else { return }
        model.withLock {
            $0.observe(
                ShardObservation(
                    expert: record.expert,
                    category: record.category,
                    predicted: record.predicted,
                    elapsed: record.elapsed,
                    usage: record.result.usage
                )
            )
        }
    }

    /// How good the predictions were so far.
    var calibration: CostCalibration { model.withLock { $0.calibration } }
}
