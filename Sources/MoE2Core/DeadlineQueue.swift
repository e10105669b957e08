import Synchronization

/// Does things at their time, with one sleeping task for all of them: a task and a timer of its own for every query would cost
/// more than many a query does, and a timer that was given up stays with the runtime until its time has come.
public final class DeadlineQueue: Sendable {
    /// Names something that is to be done.
    public struct Ticket: Hashable, Sendable { fileprivate let number: UInt64 }

    fileprivate struct Entry {
        var time: Duration
        var ticket: Ticket
    }

    fileprivate struct State {
        /// A binary heap, the earliest first. What was cancelled stays in it for a while.
        var heap: [Entry] = []
        var actions: [Ticket: @Sendable () -> Void] = [:]
        var nextTicket: UInt64 = 0
        /// What the sleeper waits for; nil while nobody sleeps.
        var wakeTime: Duration?
        var sleeper: Task<Void, Never>?
    }

    private static let spareEntries = 64

    private let state = Mutex(State())
    private let now: @Sendable () -> Duration
    private let sleep: @Sendable (Duration) async throws -> Void

    /// A queue on the clock `now`, whose task waits by `sleep`.
    public init(now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.now = now
        self.sleep = sleep
    }

    /// A queue on the continuous clock, from 0 on.
    public convenience init() {
        let start = ContinuousClock.now
        self.init(now: { .now - start }, sleep: { try await Task.sleep(for: $0) })
    }

    /// The number of things that are still to be done.
    public var count: Int { state.withLock { $0.actions.count } }

    /// Does `action`, which must return at once, at `time`, unless it is cancelled before.
    public func schedule(at time: Duration, _ action: @escaping @Sendable () -> Void) -> Ticket {
        let (ticket, sleeper) = state.withLock { state -> (Ticket, Task<Void, Never>?) in
            state.nextTicket += 1
            let ticket = Ticket(number: state.nextTicket)
            state.actions[ticket] = action
            state.push(Entry(time: time, ticket: ticket))
            guard state.wakeTime.map({ time < $0 }) ?? true else { return (ticket, nil) }
            return (ticket, sleepUntil(time, &state))
        }
        sleeper?.cancel()
        return ticket
    }

    /// Does `action`, which must return at once, once `delay` has passed, unless it is cancelled before.
    public func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> Ticket {
        schedule(at: now() + delay, action)
    }

    /// Does not do what `ticket` names, unless it is done already.
    public func cancel(_ ticket: Ticket) {
        state.withLock { state in
            state.actions[ticket] = nil
            guard state.heap.count > 2 * state.actions.count + Self.spareEntries else { return }
            state.heap = state.heap.filter { state.actions[$0.ticket] != nil }.sorted { $0.time < $1.time }
        }
    }

    /// - Returns: who slept until now, to be cancelled once the lock is open.
    @discardableResult
    private func sleepUntil(_ time: Duration, _ state: inout State) -> Task<Void, Never>? {
        defer {
            state.wakeTime = time
            state.sleeper = Task { [now, sleep] in
                guard (try? await sleep(max(.zero, time - now()))) != nil else { return }
                self.woken(at: time)
            }
        }
        return state.sleeper
    }

    /// It is `time`: does what is due, and sleeps until what comes next.
    private func woken(at time: Duration) {
        let due = state.withLock { state -> [@Sendable () -> Void] in
            guard state.wakeTime == time else { return [] }
            var due: [@Sendable () -> Void] = []
            while let first = state.heap.first, first.time <= time || state.actions[first.ticket] == nil {
                state.popFirst()
                if let action = state.actions.removeValue(forKey: first.ticket) { due.append(action) }
            }
            state.wakeTime = nil
            state.sleeper = nil
            if let next = state.heap.first { sleepUntil(next.time, &state) }
            return due
        }
        for action in due { action() }
    }
}

extension DeadlineQueue.State {
    fileprivate mutating func push(_ entry: DeadlineQueue.Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].time < heap[parent].time else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    fileprivate mutating func popFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].time < heap[least].time {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
