import MoE2Core

/// What is known of a query while it is being answered.
struct QueryProgress: Sendable {
    /// What does not change any more.
    let admission: AdmittedQuery
    /// The shards that run for it.
    let shards = OpenShards()

    /// Experts that failed this query, and why.
    var failed: [ExpertID: StatusError] = [:]
    /// What was spent so far, failed shards included.
    var usage = Usage()
    var firstToken: Duration?
    var retries = 0
    /// Why the answer is less than was planned.
    var degraded: String?

    init(_ admission: AdmittedQuery) { self.admission = admission }

    var query: Query { admission.query }
    var client: ClientIdentity { admission.client }
    var category: Category { admission.category }
    var admitted: Duration { admission.admitted }
    var deadline: Duration { admission.deadline }
    var hasLatencyLimit: Bool { admission.hasLatencyLimit }
    var energyLimit: Energy? { admission.energyLimit }

    /// What its shards are asked for.
    var task: Shard.Task { query.mode == .choice ? .scoreChoices : .generate }

    /// When its shards are stopped: a little before the deadline, so that what they wrote still arrives in time.
    var cutOff: Duration {
        deadline - min(Self.longestMargin, (deadline - admitted) / Self.marginShare)
    }
    /// How long its shards' output may wait at the agents: a whole answer then comes with the shard's end, in one exchange.
    var linger: Duration { query.isStreamed && query.mode == .route ? .zero : Self.longestLinger }
    private static let longestLinger = Duration.milliseconds(250)
    private static let longestMargin = Duration.milliseconds(20)
    private static let marginShare = 20

    /// The energy that is left; nil when not limited.
    var energyLeft: Energy? { energyLimit.map { max(.zero, $0 - usage.energy) } }

    /// Notes that `expert` failed: it is not asked again, unless its session was lost under the shard, in which case it
    /// is gone, or back and as good as new.
    mutating func note(failure error: StatusError, of expert: ExpertID) {
        if error.code != .aborted { failed[expert] = error }
    }

    /// Adds what a shard took.
    mutating func spend(_ shard: Usage) {
        usage.promptTokens += shard.promptTokens
        usage.completionTokens += shard.completionTokens
        usage.prefill += shard.prefill
        usage.decode += shard.decode
        if usage.energySource == .unknown || shard.energySource.isWeaker(than: usage.energySource) {
            usage.energySource = shard.energySource
        }
        usage.energy += shard.energy
    }
}
