import MoE2Core

/// Whether an expert takes lines of a batch.
enum BatchAvailability: Sendable, Equatable {
    /// It works on this many lines at a time.
    case ready(slots: Int)
    /// It fails what it is given; its circuit breaker is open.
    case failing
    /// Its host or model server is gone, perhaps for a moment.
    case away

    /// How long its lines wait for it before they go to others.
    var patience: Duration {
        switch self {
        case .ready: .zero
        case .failing: .seconds(1)
        case .away: .seconds(30)
        }
    }
}
