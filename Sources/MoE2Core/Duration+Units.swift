extension Duration {
    /// The duration in seconds.
    public var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// The duration in milliseconds.
    public var milliseconds: Double { seconds * 1e3 }

    /// A duration of `milliseconds` ms, rounded to the nanosecond and clamped to what `Duration` holds (± 292 years);
    /// NaN becomes zero.
    public static func milliseconds(clamping milliseconds: Double) -> Duration {
        guard !milliseconds.isNaN else { return .zero }
        let nanoseconds = (milliseconds * 1e6).rounded()
        let limit = 9.2e18
        return .nanoseconds(Int64(Swift.min(Swift.max(nanoseconds, -limit), limit)))
    }
}
