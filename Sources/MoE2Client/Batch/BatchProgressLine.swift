public import MoE2Core

/// How far a batch is, on one line.
public enum BatchProgressLine {
    private static let width = 24

    /// Such as `[########                ]  3421/10000  34 %  412 lines/s  16 s left  1.2 kJ (modelled)`; `rate` in lines per
    /// second, nil when not known yet.
    public static func render(_ status: BatchStatus, rate: Double?) -> String {
        let share = Double(status.finished) / Double(max(1, status.lines))
        let filled = Int((share * Double(width)).rounded(.down))
        var parts = [
            "[\(String(repeating: "#", count: filled))\(String(repeating: " ", count: width - filled))]",
            "\(status.finished)/\(status.lines)",
            Display.percent(share),
        ]
        if let rate { parts.append("\(Display.significant(rate)) lines/s") }
        if let left = status.left, status.finished < status.lines { parts.append("\(Display.time(left)) left") }
        parts.append("\(Display.energy(status.energy)) (\(status.energySource))")
        if status.failed > 0 { parts.append("\(status.failed) failed") }
        return parts.joined(separator: "  ")
    }

    /// What every expert did, one line each.
    public static func shards(_ status: BatchStatus) -> String {
        status.shards.map { "  \($0.expert?.rawValue ?? "teams"): \($0.done) of \($0.lines) lines" }
            .joined(separator: "\n")
    }
}
