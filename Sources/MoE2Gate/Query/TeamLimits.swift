import MoE2Core

/// What a team must stay within.
struct TeamLimits: Sendable {
    /// The most energy the whole team may cost; nil when not limited.
    var energy: Energy?
    /// The longest time to the last token; nil when not limited.
    var latency: Duration?
    /// The largest team.
    var size: Int
    /// The gate's temperature T: the quality of a team is T·log Σ exp(s/T).
    var temperature: Double
}
