public import MoE2Core

/// Figures as the client tool shows them.
public enum Display {
    /// Such as `12.3 J`, `4.56 mJ` or `1.2 kJ`.
    public static func energy(_ energy: Energy) -> String {
        let joules = energy.joules
        if joules != 0, abs(joules) < 0.1 { return "\(significant(joules * 1000)) mJ" }
        if abs(joules) >= 10_000 { return "\(significant(joules / 1000)) kJ" }
        return "\(significant(joules)) J"
    }

    /// Such as `85 ms`, `1.24 s` or `2 min`.
    public static func time(_ duration: Duration) -> String {
        let seconds = duration.seconds
        if abs(seconds) < 1 { return "\(significant(seconds * 1000)) ms" }
        if abs(seconds) < 120 { return "\(significant(seconds)) s" }
        if abs(seconds) < 7200 { return "\(Int(seconds / 60)) min" }
        return "\(significant(seconds / 3600)) h"
    }

    /// Such as `37 W`.
    public static func power(_ power: Power) -> String { "\(significant(power.watts)) W" }

    /// Such as `1.5 GiB`.
    public static func bytes(_ bytes: UInt64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(significant(value)) \(units[unit])"
    }

    /// Three significant digits at most, such as `0.0123`, `4.5`, `120`.
    public static func significant(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        guard value != 0 else { return "0" }
        var scale = 1.0
        var magnitude = abs(value)
        while magnitude < 100, scale < 1e9 {
            magnitude *= 10
            scale *= 10
        }
        let rounded = (value * scale).rounded() / scale
        if rounded == rounded.rounded(), abs(rounded) < 1e15 { return "\(Int64(rounded))" }
        return "\(rounded)"
    }

    /// A share of one as a percentage, such as `73 %`.
    public static func percent(_ share: Double) -> String {
        share.isFinite ? "\(Int((share * 100).rounded())) %" : "–"
    }
}
