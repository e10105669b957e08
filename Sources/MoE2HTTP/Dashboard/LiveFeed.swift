import MoE2Core
import MoE2Gate
import Synchronization

/// What happens to queries, for whoever looks at the dashboard.
final class LiveFeed: Sendable, GateObserver {
    /// Queries that are remembered for a page that opens later.
    static let remembered = 40
    /// Changes held for a page that reads slowly; older ones are dropped.
    static let held = 256
    /// Pages that may look on at a time.
    static let maximumViewers = 32

    private struct State {
        var running: [QueryID: QueryLine] = [:]
        /// Oldest first; trimmed only now and then, since that moves all of them.
        var ended: [QueryLine] = []
        var viewers: [UInt64: AsyncStream<QueryLine>.Continuation] = [:]
        var nextViewer: UInt64 = 0
    }

    private let state = Mutex(State())

    /// The last queries, oldest first, and every change from now on.
    /// - Throws: `resourceExhausted` when too many look on already.
    func watch() throws(StatusError) -> (recent: [QueryLine], changes: AsyncStream<QueryLine>) {
        let (stream, continuation) = AsyncStream<QueryLine>.makeStream(bufferingPolicy: .bufferingNewest(Self.held))
        let (number, recent) = state.withLock { state -> (UInt64?, [QueryLine]) in
            guard state.viewers.count < Self.maximumViewers else { return (nil, []) }
            state.nextViewer += 1
            state.viewers[state.nextViewer] = continuation
            return (state.nextViewer, state.ended.suffix(Self.remembered) + state.running.values)
        }
        guard let number else {
            throw StatusError(
                .resourceExhausted,
                "\(Self.maximumViewers) dashboards are open already; close one",
                retryAfter: .seconds(5)
            )
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.viewers.removeValue(forKey: number) }
        }
        return (recent, stream)
    }

    func queryStarted(_ query: Query, client: ClientIdentity, category: MoE2Core.Category) {
        change(query.id) { _ in
            QueryLine(id: query.id, client: client.name, category: category, mode: query.mode)
        }
    }

    func queryDecided(_ query: QueryID, client: ClientIdentity, decision: TeamDecision) {
        change(query) { line in
            var line = line
            line?.decision = decision
            return line
        }
    }

    func queryFinished(_ record: QueryRecord) {
        change(record.query.id) { line in
            var line =
                line
                ?? QueryLine(
                    id: record.query.id,
                    client: record.client.name,
                    category: record.category,
                    mode: record.query.mode
                )
            // A hedge or a retry may have changed who wrote.
            line.decision = record.answer?.decision ?? line.decision
            line.end = QueryLine.End(
                status: (record.error?.code ?? .ok).name,
                elapsed: record.elapsed,
                timeToFirstToken: record.answer?.timeToFirstToken,
                energy: record.usage.energy,
                energySource: record.usage.energySource,
                tokens: record.usage.completionTokens,
                retries: record.answer?.retries ?? 0,
                degraded: record.answer?.degraded
            )
            return line
        }
    }

    func shardFinished(_ record: ShardRecord) {}
    func planChanged(_ plan: Plan) {}

    private func change(_ id: QueryID, _ make: (QueryLine?) -> QueryLine?) {
        let (line, viewers) = state.withLock { state -> (QueryLine?, [AsyncStream<QueryLine>.Continuation]) in
            guard let line = make(state.running[id]) else { return (nil, []) }
            if line.end == nil {
                state.running[id] = line
            } else {
                state.running[id] = nil
                state.ended.append(line)
                if state.ended.count >= 2 * Self.remembered {
                    state.ended.removeFirst(state.ended.count - Self.remembered)
                }
            }
            return (line, Array(state.viewers.values))
        }
        guard let line else { return }
        for viewer in viewers { viewer.yield(line) }
    }
}
