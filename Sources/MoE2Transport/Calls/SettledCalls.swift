/// The calls whose last reply was sent: remembered for a while, since a reply may be lost and its request come again.
///
/// Bounded for every caller, so that a busy one forgets its own calls early and nobody else's, and bounded in all.
struct SettledCalls: Sendable {
    /// Remembered for one caller. More than the requests that it can have under way at a time.
    static let perCaller = 2048
    /// Remembered in all.
    static let inAll = 65_536

    /// The streams' ids by epoch, oldest first.
    private var streams: [UInt64: [UInt64]] = [:]
    private(set) var count = 0

    /// Adds a call.
    /// - Returns: the calls to forget in its place.
    mutating func add(_ key: CallKey) -> [CallKey] {
        streams[key.epoch, default: []].append(key.stream)
        count += 1
        var forgotten: [CallKey] = []
        if streams[key.epoch, default: []].count > Self.perCaller {
            forgotten += dropOldest(of: key.epoch)
        }
        if count > Self.inAll, let largest = streams.max(by: { $0.value.count < $1.value.count })?.key {
            forgotten += dropOldest(of: largest)
        }
        return forgotten
    }

    /// Keeps only the calls for which `isKept` holds.
    mutating func keep(_ isKept: (CallKey) -> Bool) {
        for (epoch, ids) in streams {
            let kept = ids.filter { isKept(CallKey(epoch: epoch, stream: $0)) }
            count -= ids.count - kept.count
            streams[epoch] = kept.isEmpty ? nil : kept
        }
    }

    /// Drops an eighth of the caller's calls at a time, so that it is not done for every call.
    private mutating func dropOldest(of epoch: UInt64) -> [CallKey] {
        guard var ids = streams[epoch] else { return [] }
        let dropped = ids.prefix(max(1, ids.count / 8))
        ids.removeFirst(dropped.count)
        count -= dropped.count
        streams[epoch] = ids.isEmpty ? nil : ids
        return dropped.map { CallKey(epoch: epoch, stream: $0) }
    }
}
