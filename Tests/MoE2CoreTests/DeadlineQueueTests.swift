import MoE2Core
import MoE2Testing
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct DeadlineQueueTests {
    /// A clock that stands still until it is started, and then jumps to whatever anybody sleeps for.
    private final class Jumping: Sendable {
        private let state = Mutex((time: Duration.zero, isStarted: false))
        var now: Duration { state.withLock { $0.time } }
        func start() { state.withLock { $0.isStarted = true } }
        func sleep(_ duration: Duration) async throws {
            try await eventually("the clock starts") { state.withLock { $0.isStarted } }
            try Task.checkCancellation()
            state.withLock { $0.time += duration }
        }
    }

    @Test(arguments: 0..<20) func everythingIsDoneOnceUnlessCancelled(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let clock = Jumping()
        let queue = DeadlineQueue(now: { clock.now }, sleep: { try await clock.sleep($0) })
        let done = Mutex<[Int]>([])
        var tickets: [(time: Int, ticket: DeadlineQueue.Ticket)] = []
        for _ in 0..<400 {
            let time = Int.random(in: 0...1_000_000, using: &random)
            tickets.append(
                (time, queue.schedule(at: .seconds(1 + time)) { done.withLock { $0.append(time) } })
            )
            if Int.random(in: 0..<3, using: &random) > 0, let place = tickets.indices.randomElement(using: &random) {
                queue.cancel(tickets.remove(at: place).ticket)
            }
        }
        clock.start()
        try await eventually { done.withLock { $0.count } >= tickets.count }
        #expect(done.withLock { $0.sorted() } == tickets.map(\.time).sorted(), "seed \(seed)")
        #expect(queue.count == 0)
    }

    @Test func anEarlierOneIsNotKeptWaitingByALaterOne() async throws {
        let queue = DeadlineQueue()
        let late = queue.schedule(at: .seconds(3600)) { Issue.record("an hour has passed") }
        let (done, finish) = AsyncStream<Void>.makeStream()
        _ = queue.schedule(at: .milliseconds(1)) { finish.finish() }
        for await _ in done {}
        #expect(queue.count == 1)
        queue.cancel(late)
        #expect(queue.count == 0)
    }
}
