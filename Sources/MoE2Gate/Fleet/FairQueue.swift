import MoE2Core

/// The shards that wait for one expert: higher priority first, then fair between clients, then first come first served.
///
/// Fairness is start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996) with one unit of work a shard: a client that
/// submits a thousand shards does not delay the one shard of another.
struct FairQueue: Sendable {
    private struct Entry {
        var order: ShardOrder
        var startTag: UInt64
        var arrival: UInt64
    }

    private var entries: [Entry] = []
    private var lastTag: [String: UInt64] = [:]
    private var virtualTime: UInt64 = 0
    private var arrivals: UInt64 = 0

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    mutating func append(_ order: ShardOrder) {
        let tag = max(virtualTime, lastTag[order.client].map { $0 + 1 } ?? 0)
        lastTag[order.client] = tag
        arrivals += 1
        entries.append(Entry(order: order, startTag: tag, arrival: arrivals))
    }

    /// The shard that is to run next, removed from the queue.
    mutating func popFirst() -> ShardOrder? {
        guard let index = entries.indices.min(by: { precedes(entries[$0], entries[$1]) }) else { return nil }
        let entry = entries.remove(at: index)
        virtualTime = max(virtualTime, entry.startTag)
        forgetIdleClients()
        return entry.order
    }

    /// Removes the shard called `id`; nil when it does not wait here.
    mutating func remove(_ id: ShardID) -> ShardOrder? {
        guard let index = entries.firstIndex(where: { $0.order.shard.id == id }) else { return nil }
        defer { forgetIdleClients() }
        return entries.remove(at: index).order
    }

    /// Removes the shards for which `condition` holds.
    mutating func removeAll(where condition: (ShardOrder) -> Bool) -> [ShardOrder] {
        let removed = entries.filter { condition($0.order) }.map(\.order)
        guard !removed.isEmpty else { return [] }
        entries.removeAll { condition($0.order) }
        forgetIdleClients()
        return removed
    }

    private func precedes(_ left: Entry, _ right: Entry) -> Bool {
        (-Int64(left.order.priority), left.startTag, left.arrival)
            < (-Int64(right.order.priority), right.startTag, right.arrival)
    }

    /// Tags of clients with nothing waiting matter only while they lie ahead of the virtual time.
    private mutating func forgetIdleClients() {
        guard lastTag.count > entries.count + 64 else { return }
        let waiting = Set(entries.map(\.order.client))
        lastTag = lastTag.filter { waiting.contains($0.key) || $0.value > virtualTime }
    }
}
