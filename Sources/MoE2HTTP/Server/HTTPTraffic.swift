import Synchronization

/// Counts answers by route and status.
final class HTTPTraffic: Sendable {
    struct Key: Hashable, Sendable {
        var route: String
        var status: Int
    }

    private let counts = Mutex<[Key: Int]>([:])

    func answered(route: String, status: Int) {
        counts.withLock { $0[Key(route: route, status: status), default: 0] += 1 }
    }

    /// The counts so far. Routes are the patterns of the router, so there are few.
    var snapshot: [Key: Int] { counts.withLock { $0 } }
}
