import Synchronization

/// What a caller still says to the other side when nobody waits for it any more: that a call was given up. A process that ends
/// waits for it a little, or the other side would work for nobody until it notices that the connection is gone.
final class Farewells: Sendable {
    private struct State {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Says it, in a task of its own.
    func say(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            let number = state.next
            state.next += 1
            state.tasks[number] = Task {
                await body()
                self.state.withLock { _ = $0.tasks.removeValue(forKey: number) }
            }
        }
    }

    /// Waits until everything is said, for `limit` at most.
    func wait(atMost limit: Duration) async {
        let tasks = state.withLock { Array($0.tasks.values) }
        guard !tasks.isEmpty else { return }
        let said = OneShot<Void>()
        // Of their own, because the one who waits may be cancelled: that is why there is something to say.
        let waiting = Task {
            for task in tasks { await task.value }
            said.fulfil(())
        }
        let timer = Task {
            try? await Task.sleep(for: limit)
            said.fulfil(())
        }
        await said.value()
        waiting.cancel()
        timer.cancel()
    }
}
