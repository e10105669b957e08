public import MoE2Core

/// How good the predictions were.
public struct CostCalibration: Sendable, Hashable, Codable {
    /// Shards that were compared.
    public var shards = 0
    /// Shards that took no longer than the predicted p90.
    public var withinLatencyP90 = 0
    /// Shards that cost no more than the predicted p90.
    public var withinEnergyP90 = 0
    /// Energy expected in all.
    public var predictedEnergy = Energy.zero
    /// Energy measured in all.
    public var measuredEnergy = Energy.zero

    /// The share of shards within the predicted p90 latency; 0.9 is right.
    public var latencyCoverage: Double { shards == 0 ? 0 : Double(withinLatencyP90) / Double(shards) }
    /// The share of shards within the predicted p90 energy; 0.9 is right.
    public var energyCoverage: Double { shards == 0 ? 0 : Double(withinEnergyP90) / Double(shards) }
    /// (expected − measured) / measured energy.
    public var energyBias: Double {
        measuredEnergy > .zero ? predictedEnergy.joules / measuredEnergy.joules - 1 : 0
    }
}
