public import MoE2Core

/// What a shard will cost, learned from what shards took.
///
/// Latency = round trip + wait + work, where work = overhead + prompt/prefill rate + answer/decode rate; energy = power at
/// work × work, plus the activation of a sleeping host: a token of the prompt costs a fraction of one of the answer, and a short
/// shard costs mostly its overhead, so tokens alone would predict badly. Rates, power and answer lengths are medians of the last
/// shards; the p90 scales the median by the ninetieth percentile of the last few measured/predicted, so its coverage corrects
/// itself soon when the world changes. A tail that keeps shards away wears off with time (``refuse(_:_:energy:latency:at:)``).
/// Before the first shards an agent's report stands in, which starts from its configuration
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

    /// Ratios that the p90 needs before it goes by them alone.
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

    /// How long a shard that was slow once keeps others away when no other shows that it is quicker. On the demo's machine a
    /// slow shard told more than the usual chance of the next ones for 0.3 to 1 s (decision 30): after this it tells nothing, on
    /// slower machines as well, and an expert that stays slow is tried four times within eight minutes.
    public static let usualPatience = Duration.seconds(30)

    private let patience: Double
    private var rates: [Worker: LearnedRates] = [:]
    private var lanes: [CostLane: LearnedLane] = [:]
    /// Pairs of an expert and a category that were learned; bounded.
    var learnedLanes: Int { lanes.count }
    /// How good the predictions were so far.
    public private(set) var calibration = CostCalibration()

    /// A model that has seen nothing. A tail that one shard reached keeps others away for `patience`; one that k shards reached,
    /// for `patience`·2^(k−1).
    public init(patience: Duration = CostModel.usualPatience) {
        self.patience = max(0, patience.seconds)
    }

    // MARK: Learning

    /// Learns from a shard that ended at `now`, well or cut off at its deadline. `now` is of any monotonic clock, the same for all
    /// calls.
    public mutating func observe(_ observation: ShardObservation, at now: Duration) {
        let worker = Worker(expert: observation.expert, task: observation.task)
        let lane = CostLane(expert: observation.expert, task: observation.task, category: observation.category)
        let now = now.seconds
        guard rates[worker] != nil || rates.count < Self.maximumExperts else { return }
        // Taken out while it changes: a second reference would have its values copied.
        var known = rates.removeValue(forKey: worker) ?? LearnedRates()
        // How far a guess was off says nothing of how far predictions are.
        let wasGuessed = now - observation.elapsed.seconds < known.since ?? .infinity
        if !observation.isCutOff { learnRates(observation, &known, now) }
        learnTails(observation, &known, lane, now, wasGuessed: wasGuessed)
        if !observation.isCutOff { compareEnergy(observation) }
        rates[worker] = known
        calibration.shards += 1
        if !observation.isCutOff, observation.elapsed <= observation.predicted.latencyP90 {
            calibration.withinLatencyP90 += 1
        }
    }

    private func learnRates(_ observation: ShardObservation, _ known: inout LearnedRates, _ now: Double) {
        let usage = observation.usage
        let engine = usage.prefill + usage.decode
        if usage.promptTokens > 0, usage.prefill > .zero {
            known.prefill.add(Double(usage.promptTokens) / usage.prefill.seconds, at: now)
        }
        if usage.completionTokens > 0 {
            // A server that does not tell its times apart is taken to spend all of it writing.
            let writing = usage.decode > .zero ? usage.decode : engine > .zero ? .zero : usage.total
            if writing > .zero { known.decode.add(Double(usage.completionTokens) / writing.seconds, at: now) }
        }
        if engine > .zero { known.overhead.add(max(0, (usage.total - engine).seconds), at: now) }
        if usage.total > .zero, usage.energySource != .unknown {
            known.power.add(usage.energy.joules / usage.total.seconds, at: now)
            known.isMeasured = usage.energySource == .measured
        }
        if usage.promptTokens > 0, observation.promptTokens > 0 {
            known.tokenScale.add(Double(usage.promptTokens) / Double(observation.promptTokens), at: now)
        }
        known.powerMode = observation.powerMode
        known.since = known.since ?? now
    }

    private mutating func learnTails(
        _ observation: ShardObservation,
        _ known: inout LearnedRates,
        _ lane: CostLane,
        _ now: Double,
        wasGuessed: Bool
    ) {
        let latency = latencyRatio(observation).map { wasGuessed && !observation.isCutOff ? nil : $0 }
        let energy = energyRatio(observation).map { wasGuessed ? nil : $0 }
        let tokens = observation.isCutOff ? nil : Double(observation.usage.completionTokens)
        let patience = patience
        let learn = { (learned: inout LearnedLane) in
            if let latency { learned.latencyRatio.add(latency, at: now, patience: patience) }
            if let energy { learned.energyRatio.add(energy, at: now, patience: patience) }
            if let tokens { learned.answerTokens.add(tokens, at: now) }
        }
        learn(&known.common)
        if lanes[lane] != nil || lanes.count < Self.maximumLanes { learn(&lanes[lane, default: LearnedLane()]) }
    }

    /// Measured / predicted; nil when it says nothing. Of a shard that was cut off, all that is known is that it takes longer: it
    /// counts, since only the fast ones would be learned from without it, but only where it was late already.
    private func latencyRatio(_ observation: ShardObservation) -> Double? {
        guard observation.predicted.latency > .zero else { return nil }
        let ratio = observation.elapsed.seconds / observation.predicted.latency.seconds
        return !observation.isCutOff || ratio > 1 ? ratio : nil
    }

    private func energyRatio(_ observation: ShardObservation) -> Double? {
        let (predicted, usage) = (observation.predicted.shardEnergy, observation.usage)
        guard predicted > .zero, usage.energySource != .unknown, !observation.isCutOff else { return nil }
        return usage.energy.joules / predicted.joules
    }

    private mutating func compareEnergy(_ observation: ShardObservation) {
        let (reported, predicted) = (observation.usage.energy, observation.predicted)
        guard reported.isValidCost, predicted.shardEnergy.isValidCost else { return }
        if reported <= predicted.shardEnergyP90 { calibration.withinEnergyP90 += 1 }
        calibration.predictedEnergy += predicted.shardEnergy
        calibration.reportedEnergy += reported
        calibration.absoluteEnergyError += .joules(abs(predicted.shardEnergy.joules - reported.joules))
    }

    // MARK: Trying again

    /// Notes that a shard was wanted at `now` but not started, since `estimate` is above the limits for it. When they are not
    /// below the usual cost, it is the tail that refuses, and what refuses is forgiven with time as long as no newer shard
    /// confirms it.
    public mutating func refuse(
        _ lane: CostLane,
        _ estimate: CostEstimate,
        energy: Energy?,
        latency: Duration?,
        at now: Duration
    ) {
        let byEnergy = energy.map { estimate.energy <= $0 && $0 < estimate.energyCeiling } ?? false
        let byLatency = latency.map { estimate.latency <= $0 && $0 < estimate.latencyP90 } ?? false
        guard byEnergy || byLatency else { return }
        let now = now.seconds
        changeTails(of: lane) { learned in
            if byEnergy { learned.energyRatio.refuse(at: now) }
            if byLatency { learned.latencyRatio.refuse(at: now) }
        }
    }

    /// Notes that a shard is started at `now`. Where shards have been refused, it shows whether the tail is past; until it ends,
    /// nothing more is forgiven, so that not all that wait for it try at once.
    public mutating func start(_ lane: CostLane, at now: Duration) {
        let now = now.seconds
        changeTails(of: lane) { learned in
            learned.energyRatio.start(at: now)
            learned.latencyRatio.start(at: now)
        }
    }

    /// Changes what is learned of the category, and what all categories have in common: one of them is gone by.
    private mutating func changeTails(of lane: CostLane, _ change: (inout LearnedLane) -> Void) {
        let worker = Worker(expert: lane.expert, task: lane.task)
        if rates[worker] != nil || rates.count < Self.maximumExperts {
            change(&rates[worker, default: LearnedRates()].common)
        }
        if let index = lanes.index(forKey: lane) { change(&lanes.values[index]) }
    }

    // MARK: Predicting

    /// What the shard will cost, as far as is known at `now`.
    public func estimate(_ prospect: ShardProspect, at now: Duration) -> CostEstimate {
        let known = rates[Worker(expert: prospect.expert.id, task: prospect.task)]
        let lane = lanes[CostLane(expert: prospect.expert.id, task: prospect.task, category: prospect.category)]
        let now = now.seconds
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
        let latencyTail = tail(lane?.latencyRatio, known?.common.latencyRatio)
        let energyTail = tail(lane?.energyRatio, known?.common.energyRatio)
        let (energyP90, energyCeiling) = upper(energy, longEnergy, energyTail, prospect, now)
        let latencyP90 = upper(latency, long, latencyTail, prospect, now).p90
        let mean = energyTail.map { $0.count >= Self.fewestRatios ? $0.mean : 1 } ?? 1
        return CostEstimate(
            latency: .milliseconds(clamping: bounded(latency) * 1e3),
            latencyP90: .milliseconds(clamping: bounded(latencyP90 * doubt) * 1e3),
            energy: .joules(bounded(energy) + activation),
            energyP90: .joules(bounded(energyP90 * doubt) + activation),
            energyCeiling: .joules(bounded(energyCeiling * doubt) + activation),
            meanEnergy: .joules(bounded(energy * mean) + activation),
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

    /// The tail of the category when it has enough shards, else that of all categories.
    private func tail(_ own: LearnedTail?, _ common: LearnedTail?) -> LearnedTail? {
        if let own, own.count >= Self.fewestRatios { own } else { common }
    }

    /// The costs that nine of ten shards and hardly any stay under: the median times those quantiles of measured/predicted, and
    /// not less than the cost of a long answer until enough shards were seen.
    private func upper(
        _ median: Double,
        _ long: Double,
        _ tail: LearnedTail?,
        _ prospect: ShardProspect,
        _ now: Double
    ) -> (p90: Double, ceiling: Double) {
        let long = max(median, long)
        guard let tail else { return (long, long) }
        let judged = prospect.isForPlan ? now : tail.judged(at: now, patience: patience)
        let isKnown = tail.count >= Self.fewestRatios || tail.isOutwaited(at: judged, patience: patience)
        let p90 = tail.quantile(0.9, ofLast: Self.latestRatios, at: judged, patience: patience) ?? 1
        // Rare excesses are not among the last few: the ceiling goes by all that are remembered.
        let ceiling = tail.quantile(Self.ceilingLevel, at: judged, patience: patience) ?? 1
        let least = isKnown ? median : long
        return (max(least, median * p90), max(least, median * max(p90, ceiling)))
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
