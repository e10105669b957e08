import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Costs

/// One shard after the other, long enough apart.
extension CostModel {
    private var time: Duration { .seconds(calibration.shards * 1000) }
    fileprivate func estimate(_ prospect: ShardProspect) -> CostEstimate { estimate(prospect, at: time) }
    fileprivate mutating func observe(_ observation: ShardObservation) { observe(observation, at: time) }
}

@Suite struct CostModelTests {
    private let math = Category(rawValue: "math")!

    private func prospect(
        prefill: Double = 1000,
        decode: Double = 100,
        power: Double = 50,
        report: CapacityReport = CapacityReport(),
        activation: Double = 0,
        promptTokens: Int = 100,
        maxTokens: Int = 200,
        shardsAhead: Int = 0,
        isAwake: Bool = false
    ) -> ShardProspect {
        let expert = Expert(id: ExpertID(rawValue: "e")!, model: "m", backend: "llama.cpp")
        return ShardProspect(
            expert: expert,
            host: HostStatus(
                host: Host(id: HostID(rawValue: "h")!, activationEnergy: .joules(activation)),
                state: .up,
                experts: [expert],
                report: report,
                lastSeen: .zero,
                joined: .zero
            ),
            capacity: ExpertCapacity(
                expert: expert.id,
                state: .ready,
                prefillRate: prefill,
                decodeRate: decode,
                activePower: .watts(power)
            ),
            category: math,
            promptTokens: promptTokens,
            maxTokens: maxTokens,
            shardsAhead: shardsAhead,
            hostIsAwake: isAwake
        )
    }

    private func observation(
        _ predicted: CostEstimate,
        seconds: Double,
        joules: Double,
        tokens: Int = 50,
        isCutOff: Bool = false
    ) -> ShardObservation {
        ShardObservation(
            expert: ExpertID(rawValue: "e")!,
            category: math,
            task: .generate,
            promptTokens: 100,
            predicted: predicted,
            elapsed: .milliseconds(clamping: seconds * 1e3),
            usage: Usage(
                promptTokens: 100,
                completionTokens: tokens,
                prefill: .milliseconds(clamping: seconds * 200),
                decode: .milliseconds(clamping: seconds * 800),
                total: .milliseconds(clamping: seconds * 1e3),
                energy: .joules(joules),
                energySource: .measured
            ),
            isCutOff: isCutOff
        )
    }

    @Test func aColdStartGoesByTheReport() {
        let cost = CostModel().estimate(prospect())
        // 100 tokens at 1000/s, then 128 (the guess) at 100/s; the long answer is the longest allowed.
        #expect(abs(cost.latency.seconds - (0.1 + 1.28)) < 1e-9)
        #expect(abs(cost.latencyP90.seconds - (0.1 + 2.0)) < 1e-9)
        #expect(abs(cost.energy.joules - 0.5 * 228) < 1e-9)
        #expect(cost.source == .configured)
    }

    @Test func whatShardsTookIsLearned() {
        var model = CostModel()
        for _ in 0..<40 { model.observe(observation(model.estimate(prospect()), seconds: 2, joules: 30)) }
        let cost = model.estimate(prospect())
        #expect(abs(cost.latency.seconds - 2) < 1e-6)
        #expect(abs(cost.energy.joules - 30) < 1e-6)
        #expect(cost.source == .measured)
    }

    /// Short shards cost mostly their overhead, and tokens of a prompt less than those of an answer: what was learned from
    /// small ones predicts large ones.
    @Test func energyFollowsTheTimeAtWork() throws {
        var model = CostModel()
        let watts = 20.0
        func shard(prompt: Int, answer: Int) -> ShardObservation {
            let (prefill, decode) = (Double(prompt) / 1000, Double(answer) / 100)
            return ShardObservation(
                expert: ExpertID(rawValue: "e")!,
                category: math,
                task: .generate,
                promptTokens: prompt,
                predicted: .zero,
                elapsed: .milliseconds(clamping: (0.02 + prefill + decode) * 1e3),
                usage: Usage(
                    promptTokens: prompt,
                    completionTokens: answer,
                    prefill: .milliseconds(clamping: prefill * 1e3),
                    decode: .milliseconds(clamping: decode * 1e3),
                    total: .milliseconds(clamping: (0.02 + prefill + decode) * 1e3),
                    energy: .joules(watts * (0.02 + prefill + decode)),
                    energySource: .measured
                )
            )
        }
        for _ in 0..<20 { model.observe(shard(prompt: 10, answer: 2)) }
        let cost = model.estimate(prospect(promptTokens: 2000))
        #expect(abs(cost.energy.joules - watts * (0.02 + 2 + 0.02)) < 1e-6)
    }

    /// An expert that gets slower and noisier is followed: about nine of ten stay within the p90.
    @Test(arguments: 0..<8)
    func theP90CoversNineOfTen(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var model = CostModel()
        var (within, withinEnergy, count) = (0, 0, 0)
        for round in 0..<1200 {
            let slow = round < 600 ? 1.0 : 3.0
            let tokens = Int.random(in: 10...100, using: &random)
            let seconds = slow * (0.1 + Double(tokens) / 100 * Double.random(in: 0.8...1.5, using: &random))
            let joules = Double(tokens + 100) * Double.random(in: 0.4...0.6, using: &random)
            let cost = model.estimate(prospect())
            model.observe(observation(cost, seconds: seconds, joules: joules, tokens: tokens))
            // The first 100 after the start and after the change are for learning.
            guard round % 600 >= 100 else { continue }
            count += 1
            if seconds <= cost.latencyP90.seconds { within += 1 }
            if joules <= cost.energyP90.joules { withinEnergy += 1 }
        }
        #expect((0.84...0.97).contains(Double(within) / Double(count)), "seed \(seed)")
        #expect((0.84...0.97).contains(Double(withinEnergy) / Double(count)), "seed \(seed)")
    }

    /// Whatever agents report and shards take, every figure is a cost and a p90 is not below its median.
    @Test(arguments: 0..<300)
    func nothingIsEverNegativeOrNaN(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var model = CostModel()
        let wild: [Double] = [
            0, -1, 1e-300, 1e-9, 0.5, 3, 1e6, 1e18, 1e300, .infinity, -.infinity, .nan, .leastNonzeroMagnitude,
        ]
        func any() -> Double { wild.randomElement(using: &random)! }
        for _ in 0..<60 {
            let report = CapacityReport(
                temperatureCelsius: Bool.random(using: &random) ? any() : nil,
                throttled: Bool.random(using: &random),
                powerMode: ["", "MAXN", "15W"].randomElement(using: &random)!,
                roundTrip: .milliseconds(clamping: any())
            )
            let cost = model.estimate(
                prospect(
                    prefill: any(),
                    decode: any(),
                    power: any(),
                    report: report,
                    activation: any(),
                    promptTokens: Int.random(in: -5...100_000, using: &random),
                    maxTokens: Int.random(in: -5...100_000, using: &random),
                    shardsAhead: Int.random(in: -5...500, using: &random),
                    isAwake: Bool.random(using: &random)
                )
            )
            for energy in [
                cost.energy, cost.energyP90, cost.activation, cost.shardEnergy, cost.shardEnergyP90, cost.energyCeiling,
                cost.meanEnergy,
            ] {
                #expect(energy.isValidCost, "seed \(seed)")
            }
            #expect(cost.latency >= .zero && cost.latencyP90 >= cost.latency, "seed \(seed)")
            #expect(cost.energyP90 >= cost.energy && cost.energyCeiling >= cost.energyP90, "seed \(seed)")
            model.observe(
                observation(
                    cost,
                    seconds: any(),
                    joules: any(),
                    tokens: Int.random(in: 0...100_000, using: &random),
                    isCutOff: Bool.random(using: &random)
                )
            )
            let calibration = model.calibration
            #expect(calibration.predictedEnergy.isValidCost && calibration.reportedEnergy.isValidCost, "seed \(seed)")
            #expect(calibration.absoluteEnergyError.isValidCost, "seed \(seed)")
        }
    }

    /// The sum of many shards is predicted, although a few take far more than the others; one freak alone is not believed.
    @Test(arguments: 0..<8)
    func theMeanPredictsSums(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var model = CostModel()
        var (predicted, medians, taken) = (0.0, 0.0, 0.0)
        for round in 0..<2000 {
            let joules = Double.random(in: 0..<1, using: &random) < 0.1 ? 60 : Double.random(in: 8...12, using: &random)
            let cost = model.estimate(prospect())
            model.observe(observation(cost, seconds: 1, joules: joules))
            guard round >= 100 else { continue }
            predicted += cost.meanEnergy.joules
            medians += cost.energy.joules
            taken += joules
        }
        #expect((0.9...1.1).contains(predicted / taken), "seed \(seed)")
        #expect(medians / taken < 0.75, "seed \(seed)")
        let before = model.estimate(prospect()).meanEnergy.joules
        model.observe(observation(model.estimate(prospect()), seconds: 1, joules: 1e9))
        #expect(model.estimate(prospect()).meanEnergy.joules < 2 * before, "seed \(seed)")
    }

    /// Shards that were started before anything was known tell how far the guess was off, not how far predictions are.
    @Test func aGuessIsNotPartOfTheTail() {
        var model = CostModel()
        let guess = model.estimate(prospect(power: 1), at: .zero)
        #expect(guess.energy < .joules(3))
        for _ in 0..<4 { model.observe(observation(guess, seconds: 2, joules: 30), at: .seconds(2)) }
        for round in 0..<20 {
            let now = Duration.seconds(10 + 10 * round)
            let cost = model.estimate(prospect(power: 1), at: now)
            #expect(cost.energyCeiling < .joules(31))
            model.observe(observation(cost, seconds: 2, joules: 30), at: now + .seconds(2))
        }
    }

    /// One shard is enough to see that others may take as much again.
    @Test func theFirstShardsAlreadyWidenTheTail() {
        var model = CostModel()
        for joules in [10.0, 10, 10, 30] {
            model.observe(observation(model.estimate(prospect()), seconds: 1, joules: joules))
        }
        #expect(abs(model.estimate(prospect()).energyP90.joules - 30) < 1e-6)
    }

    @Test func aSleepingHostIsWokenOnce() {
        let model = CostModel()
        let asleep = model.estimate(prospect(activation: 40))
        let awake = model.estimate(prospect(activation: 40, isAwake: true))
        #expect(asleep.activation == .joules(40))
        #expect(awake.activation == .zero)
        #expect(asleep.energy - awake.energy == .joules(40))
        #expect(asleep.shardEnergyP90 == awake.energyP90)
    }

    @Test func heatThrottlingAndAnotherPowerModeLowerTheTrust() {
        var model = CostModel()
        for _ in 0..<20 {
            var seen = observation(model.estimate(prospect()), seconds: 1, joules: 10)
            seen.powerMode = "MAXN"
            model.observe(seen)
        }
        func p90(_ report: CapacityReport) -> Double { model.estimate(prospect(report: report)).latencyP90.seconds }
        let calm = p90(CapacityReport(temperatureCelsius: 60, powerMode: "MAXN"))
        #expect(abs(p90(CapacityReport(temperatureCelsius: 90, powerMode: "MAXN")) / calm - 1.2) < 1e-6)
        #expect(abs(p90(CapacityReport(throttled: true, powerMode: "MAXN")) / calm - 1.5) < 1e-6)
        #expect(abs(p90(CapacityReport(powerMode: "15W")) / calm - 1.5) < 1e-6)
    }

    @Test func shardsThatWereCutOffAreNotForgotten() {
        var model = CostModel()
        for _ in 0..<30 { model.observe(observation(model.estimate(prospect()), seconds: 1, joules: 10)) }
        let before = model.estimate(prospect()).latencyP90
        for _ in 0..<20 {
            model.observe(observation(model.estimate(prospect()), seconds: 4, joules: 1, isCutOff: true))
        }
        #expect(model.estimate(prospect()).latencyP90.seconds > before.seconds * 3)
        #expect(model.calibration.withinLatencyP90 <= 30)
    }

    @Test func categoriesWithoutEndAreNotRemembered() {
        var model = CostModel()
        for number in 0..<20_000 {
            var seen = observation(model.estimate(prospect()), seconds: 1, joules: 10)
            seen.category = Category(rawValue: "c\(number)")!
            model.observe(seen)
        }
        // What all categories have in common still counts for one that is new.
        #expect(abs(model.estimate(prospect()).latency.seconds - 1) < 1e-6)
        #expect(model.learnedLanes <= 8192)
    }
}
