/// Counters of throttling events: the host throttled when one of them grew.
struct EventCounters: Hashable, Sendable {
    private let sysfs: Sysfs
    private let paths: [String]
    private var last: [Double?]

    /// The counters at `paths`, as they are now.
    init(_ sysfs: Sysfs, paths: [String]) {
        self.sysfs = sysfs
        self.paths = paths
        last = paths.map { try? sysfs.number($0) }
    }

    /// Whether a counter grew since the last call.
    mutating func grew() -> Bool {
        let now = paths.map { try? sysfs.number($0) }
        defer { last = now }
        return zip(last, now).contains { before, after in
            guard let before, let after else { return false }
            return after > before
        }
    }
}
