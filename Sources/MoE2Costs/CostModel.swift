public import MoE2Core

/// What a shard will cost, learned from what shards took.
///
/// Latency = round trip + wait + work, where work = overhead + prompt/prefill rate + answer/decode rate; energy = power at
/// work × work, plus the activation of a sleeping host: a token of the prompt costs a fraction of one of the answer, and a short
/// shard costs mostly its overhead, so tokens alone would predict badly. Rates, power and answer lengths are medians of the last
/// shards; the p90 scales the median by the ninetieth percentile of the last few measured/predicted, so its coverage corrects
/// itself soon when the world changes. Before the first shards an agent's report stands in, which starts from its configuration
/// or the device table. Nothing is ever negative, infinite or NaN, whatever agents report.
public struct CostModel: Sendable {
    /// What an expert is taken to do before anything is known of it; a small model on a small machine.
    enum Guess {
        static let prefillRate = 200.0
        static let decodeRate = 20.0
        static let power = Power.watts(30)
        static let answerTokens = 128.0
    }

    /// How much wider the p90 gets when a rate deserves less trust.
    enum Doubt {
        /// The host slows itself down: it will not keep up the rate that it was measured at.
        static let throttled = 1.5
        /// It is about to.
        static let hot = 1.2
        static let hotCelsius = 85.0
        /// The rates were learned in another power mode.
        static let otherPowerMode = 1.5
    }

    /// Ratios that the p90 needs before it goes by them.
    private static let fewestRatios = 10
    /// The last ratios that the p90 goes by: few, because a busy machine changes its pace within minutes. Over 637 recorded shards
    /// of the demo, 64 of them covered 87 %, 16 of them 91 %.
    private static let latestRatios = 16
    /// The share of shards that stay under the energy ceiling, about.
    private static let ceilingLevel = 0.985
    /// What a hostile client or agent can make the model remember is bounded; beyond this only sums over categories are
    /// learned.
    private static let maximumLanes = 8192
    private static let maximumExperts = 32_768
    /// Larger amounts are taken for nonsense and cut: a thousand years, the energy of a city.
    private static let largest = 3e10

    private struct Worker: Hashable {
        var expert: ExpertID
        var task: Shard.Task
    }

    private struct Lane: Hashable {
        var worker: Worker
        var category: Category
    }

    private var rates: [Worker: LearnedRates] = [:]
    private var lanes: [Lane: LearnedLane] = [:]
    /// Pairs of an expert and a category that were learned; bounded.
    var learnedLanes: Int { lanes.count }
    /// How good the predictions were so far.
    public private(set) var calibration = CostCalibration()

    /// A model that has seen nothing.
    public init() {}

    // MARK: Learning

    /// Learns from a shard that ended well or was cut off at its deadline.
    public mutating func observe(_ observation: ShardObservation) {
        let worker = Worker(expert: observation.expert, task: observation.task)
        let lane = Lane(worker: worker, category: observation.category)
        guard rates[worker] != nil || rates.count < Self.maximumExperts else { return }
        // Taken out while it changes: a second reference would have its values copied.
        var known = rates.removeValue(forKey: worker) ?? LearnedRates()
        if observation.isCutOff {
            // All that is known is that it takes longer: without it only the fast ones would be learned from.
            learnLatency(observation, &known, lane)
        } else {
            learnRates(observation, &known)
            learnLatency(observation, &known, lane)
            learnAnswer(observation, &known, lane)
            compareEnergy(observation)
        }
        rates[worker] = known
        calibration.shards += 1
        if !observation.isCutOff, observation.elapsed <= observation.predicted.latencyP90 {
            calibration.withinLatencyP90 += 1
        }
    }

    private func learnRates(_ observation: ShardObservation, _ known: inout LearnedRates) {
        let usage = observation.usage
        let engine = usage.prefill + usage.decode
        if usage.promptTokens > 0, usage.prefill > .zero {
            known.prefill.add(Double(usage.promptTokens) / usage.prefill.seconds)
        }
        if usage.completionTokens > 0 {
            // A server that does not tell its times apart is taken to spend all of it writing.
            let writing = usage.decode > .zero ? usage.decode : engine > .zero ? .zero : usage.total
            if writing > .zero { known.decode.add(Double(usage.completionTokens) / writing.seconds) }
        }
        if engine > .zero { known.overhead.add(max(0, (usage.total - engine).seconds)) }
        if usage.total > .zero, usage.energySource != .unknown {
            known.power.add(usage.energy.joules / usage.total.seconds)
            known.isMeasured = usage.energySource == .measured
        }
        if usage.promptTokens > 0, observation.promptTokens > 0 {
            known.tokenScale.add(Double(usage.promptTokens) / Double(observation.promptTokens))
        }
        known.powerMode = observation.powerMode
    }

    private mutating func learnLatency(_ observation: ShardObservation, _ known: inout LearnedRates, _ lane: Lane) {
        let predicted = observation.predicted.latency
        guard predicted > .zero else { return }
        let ratio = observation.elapsed.seconds / predicted.seconds
        guard !observation.isCutOff || ratio > 1 else { return }
        known.common.latencyRatio.add(ratio)
        update(lane) { $0.latencyRatio.add(ratio) }
    }

    private mutating func learnAnswer(_ observation: ShardObservation, _ known: inout LearnedRates, _ lane: Lane) {
        let tokens = Double(observation.usage.completionTokens)
        known.common.answerTokens.add(tokens)
        update(lane) { $0.answerTokens.add(tokens) }
        let predicted = observation.predicted.shardEnergy
        guard predicted > .zero, observation.usage.energySource != .unknown else { return }
        let ratio = observation.usage.energy.joules / predicted.joules
        known.common.energyRatio.add(ratio)
        update(lane) { $0.energyRatio.add(ratio) }
    }

    private mutating func update(_ lane: Lane, _ change: (inout LearnedLane) -> Void) {
        guard lanes[lane] != nil || lanes.count < Self.maximumLanes else { return }
        change(&lanes[lane, default: LearnedLane()])
    }

    private mutating func compareEnergy(_ observation: ShardObservation) {
        let (reported, predicted) = (observation.usage.energy, observation.predicted)
        guard reported.isValidCost, predicted.shardEnergy.isValidCost else { return }
        if reported <= predicted.shardEnergyP90 { calibration.withinEnergyP90 += 1 }
        calibration.predictedEnergy += predicted.shardEnergy
        calibration.reportedEnergy += reported
        calibration.absoluteEnergyError += .joules(abs(predicted.shardEnergy.joules - reported.joules))
    }

    // MARK: Predicting

    /// What the shard will cost.
    public func estimate(_ prospect: ShardProspect) -> CostEstimate {
        let worker = Worker(expert: prospect.expert.id, task: prospect.task)
        let known = rates[worker]
        let lane = lanes[Lane(worker: worker, category: prospect.category)]
        let capacity = prospect.capacity
        let prefill = known?.prefill.quantile(0.5) ?? positive(capacity?.prefillRate) ?? Guess.prefillRate
        let decode = known?.decode.quantile(0.5) ?? positive(capacity?.decodeRate) ?? Guess.decodeRate
        let prompt = Double(max(0, prospect.promptTokens)) * (known?.tokenScale.quantile(0.5) ?? 1)
        let (answer, longAnswer) = answerTokens(prospect, known, lane)

        let overhead = known?.overhead.quantile(0.5) ?? 0
        let reading = prompt / max(prefill, 1e-3)
        let engine = reading + answer / max(decode, 1e-3)
        let wait = Double(max(0, prospect.shardsAhead)) / Double(max(1, prospect.expert.slots)) * (engine + overhead)
        let fixed = max(0, prospect.host.report.roundTrip.seconds) + wait + overhead
        let latency = fixed + engine
        let long = fixed + reading + longAnswer / max(decode, 1e-3)

        let energy: Double
        let longEnergy: Double
        if let power = known?.power.quantile(0.5) {
            energy = power * (overhead + engine)
            longEnergy = power * (overhead + reading + longAnswer / max(decode, 1e-3))
        } else {
            let perToken = energyPerToken(capacity, decode: decode)
            energy = perToken * (prompt + answer)
            longEnergy = perToken * (prompt + longAnswer)
        }
        let activation = prospect.hostIsAwake ? 0 : bounded(prospect.host.host.activationEnergy.joules)
        let doubt = doubt(prospect.host.report, known)
        let latencyRatios = ratios(known, lane, \.latencyRatio)
        let energyRatios = ratios(known, lane, \.energyRatio)
        let energyLevels = [0.9, Self.ceilingLevel].map { level in
            Energy.joules(bounded(upper(energy, longEnergy, energyRatios, level) * doubt) + activation)
        }
        return CostEstimate(
            latency: .milliseconds(clamping: bounded(latency) * 1e3),
            latencyP90: .milliseconds(clamping: bounded(upper(latency, long, latencyRatios, 0.9) * doubt) * 1e3),
            energy: .joules(bounded(energy) + activation),
            energyP90: energyLevels[0],
            energyCeiling: energyLevels[1],
            activation: .joules(activation),
            source: source(known, capacity)
        )
    }

    /// About how many tokens `expert` will count where `estimated` were estimated.
    public func promptTokens(_ estimated: Int, for expert: ExpertID, task: Shard.Task) -> Int {
        let scale = rates[Worker(expert: expert, task: task)]?.tokenScale.quantile(0.5) ?? 1
        return Int(min(Double(estimated) * scale, 1e12))
    }

    /// The median and the long answer, in tokens.
    private func answerTokens(
        _ prospect: ShardProspect,
        _ known: LearnedRates?,
        _ lane: LearnedLane?
    ) -> (median: Double, long: Double) {
        let most = Double(max(1, prospect.maxTokens))
        let lengths = [lane?.answerTokens, known?.common.answerTokens].compactMap { $0 }.first { $0.count > 0 }
        let median = min(most, lengths?.quantile(0.5) ?? Guess.answerTokens)
        return (median, min(most, max(median, lengths?.quantile(0.9) ?? most)))
    }

    /// The ratios of the category when it has enough, else those of all categories.
    private func ratios(
        _ known: LearnedRates?,
        _ lane: LearnedLane?,
        _ ratio: KeyPath<LearnedLane, RecentValues>
    ) -> RecentValues? {
        [lane?[keyPath: ratio], known?.common[keyPath: ratio]].compactMap { $0 }
            .first { $0.count >= Self.fewestRatios }
    }

    /// The cost that a share `level` of the shards stays under: the median times that quantile of measured/predicted once
    /// enough shards were seen, the cost of a long answer before.
    private func upper(_ median: Double, _ long: Double, _ ratios: RecentValues?, _ level: Double) -> Double {
        guard let ratios, let factor = ratios.quantile(level) else { return max(median, long) }
        let latest = ratios.quantile(level, ofLast: Self.latestRatios) ?? factor
        // Rare excesses are not among the last few: the ceiling goes by all that are remembered, too.
        return median * max(1, level > 0.9 ? max(factor, latest) : latest)
    }

    private func doubt(_ report: CapacityReport, _ known: LearnedRates?) -> Double {
        var factor = 1.0
        if report.throttled {
            factor *= Doubt.throttled
        } else if let celsius = report.temperatureCelsius, celsius >= Doubt.hotCelsius {
            factor *= Doubt.hot
        }
        if let known, !known.powerMode.isEmpty, known.powerMode != report.powerMode {
            factor *= Doubt.otherPowerMode
        }
        return factor
    }

    private func energyPerToken(_ capacity: ExpertCapacity?, decode: Double) -> Double {
        if let reported = positive(capacity?.energyPerToken.joules) { return reported }
        let power = positive(capacity?.activePower.watts) ?? Guess.power.watts
        return power / max(decode, 1e-3)
    }

    private func source(_ known: LearnedRates?, _ capacity: ExpertCapacity?) -> Provenance {
        if let known, known.power.count > 0 { return known.isMeasured ? .measured : .modelled }
        return capacity?.rateSource == .measured ? .modelled : .configured
    }

    private func positive(_ value: Double?) -> Double? { value.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } }

    private func bounded(_ value: Double) -> Double {
        value.isNaN ? Self.largest : min(max(0, value), Self.largest)
    }
}
