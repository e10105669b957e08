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
    private let now: @Sendable () -> Duration

    /// A book that has seen nothing, of a monotonic clock.
    init(now: @escaping @Sendable () -> Duration) { self.now = now }

    /// About how many tokens the messages have.
    func promptTokens(of messages: [Message]) -> Int {
        messages.reduce(0) { $0 + $1.content.utf8.count / Self.bytesPerToken + Self.tokensPerMessage }
    }

    /// What a shard would cost now.
    func estimate(_ prospect: ShardProspect) -> CostEstimate {
        let now = now()
        return model.withLock { $0.estimate(prospect, at: now) }
    }

    /// Notes that a shard was wanted whose `estimate` is above a limit for it.
    func refuse(_ lane: CostLane, _ estimate: CostEstimate, energy: Energy?, latency: Duration?) {
        let now = now()
        model.withLock { $0.refuse(lane, estimate, energy: energy, latency: latency, at: now) }
    }

    /// Notes that shards are started.
    func start(_ lanes: [CostLane]) {
        let now = now()
        model.withLock { model in
            for lane in lanes { model.start(lane, at: now) }
        }
    }

    /// About how many tokens `expert` will count where `estimated` were estimated.
    func promptTokens(_ estimated: Int, for expert: ExpertID, task: Shard.Task) -> Int {
        model.withLock { $0.promptTokens(estimated, for: expert, task: task) }
    }

    /// Learns from a shard. One that failed says nothing of what its expert costs, unless it was too slow.
    func observe(_ record: ShardRecord, shard: Shard, powerMode: String) {
        let isCutOff = record.result.error?.code == .deadlineExceeded
        guard record.result.error == nil || isCutOff else { return }
        let observation = ShardObservation(
            expert: record.expert,
            category: record.category,
            task: shard.task,
            promptTokens: promptTokens(of: shard.messages),
            predicted: record.predicted,
            elapsed: record.elapsed,
            usage: record.result.usage,
            powerMode: powerMode,
            isCutOff: isCutOff
        )
        let now = now()
        model.withLock { $0.observe(observation, at: now) }
    }

    /// How good the predictions were so far.
    var calibration: CostCalibration { model.withLock { $0.calibration } }
}
