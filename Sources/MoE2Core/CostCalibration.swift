/// How good the predictions of the cost model were.
public struct CostCalibration: Sendable, Hashable, Codable {
    /// Shards that were compared.
    public var shards: Int
    /// Shards that took no longer than the predicted p90.
    public var withinLatencyP90: Int
    /// Shards that cost no more than the predicted p90.
    public var withinEnergyP90: Int
    /// Energy expected in all: the sum of the medians.
    public var predictedEnergy: Energy
    /// Energy that the agents reported in all.
    public var reportedEnergy: Energy
    /// Σ |expected − reported|: over- and underestimates do not cancel.
    public var absoluteEnergyError: Energy

    /// A calibration with these sums; without arguments, one of nothing.
    public init(
        shards: Int = 0,
        withinLatencyP90: Int = 0,
        withinEnergyP90: Int = 0,
        predictedEnergy: Energy = .zero,
        reportedEnergy: Energy = .zero,
        absoluteEnergyError: Energy = .zero
    ) {
        self.shards = shards
        self.withinLatencyP90 = withinLatencyP90
        self.withinEnergyP90 = withinEnergyP90
        self.predictedEnergy = predictedEnergy
        self.reportedEnergy = reportedEnergy
        self.absoluteEnergyError = absoluteEnergyError
    }

    /// The share of shards within the predicted p90 latency; 0.9 is right. nil before the first shard.
    public var latencyCoverage: Double? { share(withinLatencyP90) }
    /// The share of shards within the predicted p90 energy; 0.9 is right. nil before the first shard.
    public var energyCoverage: Double? { share(withinEnergyP90) }
    /// (Σ expected − Σ reported) / Σ reported energy; nil while nothing was reported. Below zero where a few shards take far more
    /// than the median that is expected.
    public var energyBias: Double? {
        reportedEnergy > .zero ? predictedEnergy.joules / reportedEnergy.joules - 1 : nil
    }
    /// Σ |expected − reported| / Σ reported energy; nil while nothing was reported. Unlike a mean of ratios, shards that took next
    /// to nothing do not count more than others.
    public var energyError: Double? {
        reportedEnergy > .zero ? absoluteEnergyError.joules / reportedEnergy.joules : nil
    }

    private func share(_ count: Int) -> Double? { shards > 0 ? Double(count) / Double(shards) : nil }
}

extension CostCalibration {
    /// Both together.
    public static func + (left: CostCalibration, right: CostCalibration) -> CostCalibration {
        CostCalibration(
            shards: left.shards + right.shards,
            withinLatencyP90: left.withinLatencyP90 + right.withinLatencyP90,
            withinEnergyP90: left.withinEnergyP90 + right.withinEnergyP90,
            predictedEnergy: left.predictedEnergy + right.predictedEnergy,
            reportedEnergy: left.reportedEnergy + right.reportedEnergy,
            absoluteEnergyError: left.absoluteEnergyError + right.absoluteEnergyError
        )
    }
}
