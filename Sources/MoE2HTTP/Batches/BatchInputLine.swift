import MoE2Core

/// One line of a batch's input file: `{"custom_id", "method", "url", "body"}`.
struct BatchInputLine: Sendable {
    var customID: String
    var query: Query
}
