public import MoE2Core

/// How good the predictions of cost were, as JSON. Shares and errors are fractions.
public struct CalibrationJSON: Codable, Sendable, Equatable {
    public var shards: Int
    public var latencyP90Coverage: Double?
    public var energyP90Coverage: Double?
    public var energyError: Double?
    public var energyBias: Double?

    /// The JSON form of `calibration`.
    public init(_ calibration: CostCalibration) {
        shards = calibration.shards
        latencyP90Coverage = calibration.latencyCoverage
        energyP90Coverage = calibration.energyCoverage
        energyError = calibration.energyError
        energyBias = calibration.energyBias
    }
}
