import MoE2Core

/// A query as it was admitted. Shared by all who work on it: a query is large, and many hands hold it.
final class AdmittedQuery: Sendable {
    let query: Query
    let client: ClientIdentity
    let category: Category
    /// When the query came in, on the gate's monotonic clock.
    let admitted: Duration
    /// When the answer must be complete.
    let deadline: Duration
    /// Whether the deadline is a limit of the query or its category, rather than only the gate's last resort.
    let hasLatencyLimit: Bool
    /// The most it may cost in all.
    let energyLimit: Energy?

    init(
        query: Query,
        client: ClientIdentity,
        category: Category,
        admitted: Duration,
        deadline: Duration,
        hasLatencyLimit: Bool,
        energyLimit: Energy?
    ) {
        self.query = query
        self.client = client
        self.category = category
        self.admitted = admitted
        self.deadline = deadline
        self.hasLatencyLimit = hasLatencyLimit
        self.energyLimit = energyLimit
    }
}
