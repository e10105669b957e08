public import MoE2Core

/// What a shard will cost, learned from what shards took.
///
/// Latency = round trip + wait + prompt/prefill rate + answer/decode rate; energy = tokens × energy per token, plus the
/// activation of a sleeping host. Rates and answer lengths are medians of the last shards; the p90 scales the median by
/// the ninetieth percentile of measured/predicted, so its coverage corrects itself when the world changes. Before the
/// first shards an agent's report or the configuration stands in. Nothing is ever negative or NaN.
public struct CostModel: Sendable {
    /// What an expert is taken to do before anything is known of it; a small model on a small machine.
    enum Guess {
        static let prefillRate = 200.0
        static let decodeRate = 20.0
        static let power = Power.watts(30)
        static let answerTokens = 128.0
    }

    private struct Rates: Sendable {
        var prefill = RecentValues()
        var decode = RecentValues()
        var overhead = RecentValues()
        var energyPerToken = RecentValues()
        var energyMeasured = true
        var latencyRatio = RecentValues()
        var energyRatio = RecentValues()
    }

    private struct Lane: Hashable {
        var expert: ExpertID
        var category: Category
    }

    private var rates: [ExpertID: Rates] = [:]
    private var answerTokens: [Lane: RecentValues] = [:]
    /// How good the predictions were so far.
    public private(set) var calibration = CostCalibration()

    /// A model that has seen nothing.
    public init() {}

    /// Learns from a shard that ended well.
    public mutating func observe(_ observation: ShardObservation) {
        let usage = observation.usage
        var known = rates[observation.expert] ?? Rates()
        if usage.promptTokens > 0, usage.prefill > .zero {
            known.prefill.add(Double(usage.promptTokens) / usage.prefill.seconds)
        }
        if usage.completionTokens > 0, usage.decode > .zero {
            known.decode.add(Double(usage.completionTokens) / usage.decode.seconds)
        }
        let engine = usage.prefill + usage.decode
        if engine > .zero { known.overhead.add(max(0, (usage.total - engine).seconds)) }
        let tokens = usage.promptTokens + usage.completionTokens
        if tokens > 0, usage.energySource != .unknown {
            known.energyPerToken.add(usage.energy.joules / Double(tokens))
            known.energyMeasured = usage.energySource == .measured
        }
        let predicted = observation.predicted
        if predicted.latency > .zero { known.latencyRatio.add(observation.elapsed.seconds / predicted.latency.seconds) }
        if predicted.energy > .zero { known.energyRatio.add(usage.energy.joules / predicted.energy.joules) }
        rates[observation.expert] = known
        answerTokens[Lane(expert: observation.expert, category: observation.category), default: RecentValues()]
            .add(Double(usage.completionTokens))
        compare(observation)
    }

    /// What a shard of `expert` will cost.
    ///
    /// - Parameters:
    ///   - host: The host with its last report: round trip, throttling, activation energy.
    ///   - capacity: What the agent says of the expert; nil before its first report.
    ///   - promptTokens: The length of the prompt.
    ///   - maxTokens: The most tokens to write.
    ///   - shardsAhead: Shards that have to end before this one gets a slot.
    public func estimate(
        _ expert: Expert,
        on host: HostStatus,
        capacity: ExpertCapacity?,
        category: Category,
        promptTokens: Int,
        maxTokens: Int,
        shardsAhead: Int
    ) -> CostEstimate {
        let known = rates[expert.id]
        let prefill = known?.prefill.quantile(0.5) ?? positive(capacity?.prefillRate) ?? Guess.prefillRate
        let decode = known?.decode.quantile(0.5) ?? positive(capacity?.decodeRate) ?? Guess.decodeRate
        let lane = answerTokens[Lane(expert: expert.id, category: category)]
        let tokens = min(Double(max(1, maxTokens)), lane?.quantile(0.5) ?? Guess.answerTokens)
        let longTokens = min(Double(max(1, maxTokens)), max(tokens, lane?.quantile(0.9) ?? Double(maxTokens)))

        let overhead = known?.overhead.quantile(0.5) ?? 0
        let prompt = Double(max(0, promptTokens)) / max(prefill, 1e-3)
        let engine = prompt + tokens / max(decode, 1e-3)
        let wait = Double(shardsAhead) / Double(max(1, expert.slots)) * (engine + overhead)
        let fixed = host.report.roundTrip.seconds + wait + overhead
        // A throttled host will not keep up the rate it was measured at.
        let slowdown = host.report.throttled ? 1.5 : 1
        let latency = (fixed + engine) * slowdown
        let long = (fixed + prompt + longTokens / max(decode, 1e-3)) * slowdown

        let perToken = energyPerToken(known, capacity, decode: decode)
        let energy = perToken * (Double(promptTokens) + tokens)
        let longEnergy = perToken * (Double(promptTokens) + longTokens)
        let activation = host.report.experts.contains { $0.busySlots > 0 } ? 0 : host.host.activationEnergy.joules
        return CostEstimate(
            latency: .milliseconds(clamping: latency * 1e3),
            latencyP90: .milliseconds(
                clamping: upper(latency, long, known?.latencyRatio) * 1e3
            ),
            energy: Energy(joules: energy + activation),
            energyP90: Energy(joules: upper(energy, longEnergy, known?.energyRatio) + activation),
            source: source(known, capacity)
        )
    }

    /// The p90: the median times the ninetieth percentile of measured/predicted once enough shards were seen, the cost of
    /// a long answer before.
    private func upper(_ median: Double, _ long: Double, _ ratio: RecentValues?) -> Double {
        guard let ratio, ratio.count >= 10, let factor = ratio.quantile(0.9) else { return max(median, long) }
        return median * max(1, factor)
    }

    private func energyPerToken(_ known: Rates?, _ capacity: ExpertCapacity?, decode: Double) -> Double {
        if let learned = known?.energyPerToken.quantile(0.5) { return learned }
        if let reported = positive(capacity?.energyPerToken.joules) { return reported }
        let power = positive(capacity?.activePower.watts) ?? Guess.power.watts
        return power / max(decode, 1e-3)
    }

    private func source(_ known: Rates?, _ capacity: ExpertCapacity?) -> Provenance {
        if let known, known.energyPerToken.count > 0 { return known.energyMeasured ? .measured : .modelled }
        return capacity?.rateSource == .measured ? .modelled : .configured
    }

    private func positive(_ value: Double?) -> Double? { value.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } }

    private mutating func compare(_ observation: ShardObservation) {
        calibration.shards += 1
        if observation.elapsed <= observation.predicted.latencyP90 { calibration.withinLatencyP90 += 1 }
        if observation.usage.energy <= observation.predicted.energyP90 { calibration.withinEnergyP90 += 1 }
        calibration.predictedEnergy += observation.predicted.energy
        calibration.measuredEnergy += observation.usage.energy
    }
}
