import MoE2Core
import MoE2Transport
import MoE2Wire

/// Clients that ask one question after the other.
struct Load: Sendable {
    let caller: NNGCaller
    /// Whether every answer is read as it is written.
    let isStreamed: Bool

    /// The time that each answer took, in microseconds, and how many questions were not answered.
    typealias Times = (done: [Double], failed: Int)

    func run(clients: Int, until end: ContinuousClock.Instant) async -> Times {
        await withTaskGroup(of: Times.self) { group in
            for _ in 0..<clients { group.addTask { await client(until: end) } }
            return await group.reduce(into: ([], 0)) { sum, times in
                sum.done += times.done
                sum.failed += times.failed
            }
        }
    }

    private func client(until end: ContinuousClock.Instant) async -> Times {
        var times: Times = ([], 0)
        while ContinuousClock.now < end {
            let start = ContinuousClock.now
            if await isAnswered() {
                times.done.append((ContinuousClock.now - start).milliseconds * 1e3)
            } else {
                times.failed += 1
            }
        }
        return times
    }

    private func isAnswered() async -> Bool {
        let query = Query(
            id: .random(),
            messages: [Message(role: .user, content: "What is 37+48?")],
            decoding: Decoding(maxTokens: 16),
            isStreamed: isStreamed
        )
        var isDone = false
        do {
            for try await event in caller.stream(QueryMethods.ask, query, timeout: .seconds(30)) {
                if case .done = event { isDone = true }
            }
        } catch {
            return false
        }
        return isDone
    }
}
