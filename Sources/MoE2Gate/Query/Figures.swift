import MoE2Core

/// Energies and times as people read them, for messages.
enum Figures {
    /// Such as `0.42 J` or `37.5 J`, rounded up: a refused client that asks again with this much is admitted.
    static func energy(_ energy: Energy) -> String { "\(roundedUp(energy.joules)) J" }

    /// Such as `85 ms` or `1240 ms`, rounded up.
    static func latency(_ latency: Duration) -> String { "\(roundedUp(latency.milliseconds)) ms" }

    /// Three significant digits, rounded up; without a trailing `.0`.
    private static func roundedUp(_ value: Double) -> String {
        guard value.isFinite, value > 0 else { return "0" }
        var step = 1.0
        while value / step >= 1000 { step *= 10 }
        while value / step < 100, step > 1e-6 { step /= 10 }
        let rounded = (value / step - 1e-9).rounded(.up) * step
        if rounded == rounded.rounded() { return "\(Int64(rounded))" }
        let scale = (1 / step).rounded()
        return "\((rounded * scale).rounded() / scale)"
    }
}
