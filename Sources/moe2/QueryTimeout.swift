import MoE2Core

/// How long the client waits for an answer: the latency budget with some slack for the network, or the gate's longest.
enum QueryTimeout {
    static let longest = Duration.seconds(330)
    private static let slack = Duration.seconds(5)

    static func of(_ query: Query) -> Duration {
        query.budget.latency.map { min($0 + slack, longest) } ?? longest
    }
}
