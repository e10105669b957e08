public import MoE2Core

/// How good the predictions of cost were, in one line.
public enum CalibrationReport {
    /// Such as `Predictions of 120 shards: 91 % within the p90 time, …`; nil before the first shard.
    public static func render(_ calibration: CostCalibration) -> String? {
        guard let latency = calibration.latencyCoverage, let energy = calibration.energyCoverage else { return nil }
        var line = """
            Predictions of \(calibration.shards) shards: \(Display.percent(latency)) within the p90 time and \
            \(Display.percent(energy)) within the p90 energy (90 % is right)
            """
        if let error = calibration.energyError, let bias = calibration.energyBias {
            let way = bias < 0 ? "below" : "above"
            line += """
                ; the energy of a shard off by \(Display.percent(error)), the sum of the medians \
                \(Display.percent(abs(bias))) \(way) what was used
                """
        }
        return line + "."
    }
}
