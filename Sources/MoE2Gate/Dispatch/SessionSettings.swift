import MoE2Core

/// How the gate talks with its agents; from the configuration.
struct SessionSettings: Hashable, Sendable {
    /// How often an agent reports.
    var reportInterval = Duration.seconds(2)
    /// How long a poll is parked; NNG resends a request after 60 s, so it must stay well under that.
    var pollHold = Duration.seconds(20)
    /// Silence after which a session ends.
    var timeout = Duration.seconds(10)
}
