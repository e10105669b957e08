import Synchronization

/// A bounded queue between the tasks that make events and the one that sends them to a client.
///
/// A full pipe makes its writers wait, so that a slow client slows its own query and nothing is piled up.
final class EventPipe<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var isFinished = false
        var reader: CheckedContinuation<Void, Never>?
        var writers: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWriter: UInt64 = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// Adds an element; returns when there is room for more.
    /// - Throws: `CancellationError` when the writing task is cancelled or the reader is gone.
    func send(_ element: Element) async throws {
        try Task.checkCancellation()
        let (isFull, reader) = try state.withLock { state in
            guard !state.isFinished else { throw CancellationError() }
            state.elements.append(element)
            return (state.elements.count > capacity, takeReader(&state))
        }
        reader?.resume()
        guard isFull else { return }
        let writer = state.withLock { state in
            state.nextWriter += 1
            return state.nextWriter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goOn = state.withLock { state in
                    guard state.elements.count > capacity, !state.isFinished, !Task.isCancelled else { return true }
                    state.writers[writer] = continuation
                    return false
                }
                if goOn { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.writers.removeValue(forKey: writer) }?.resume()
        }
        try Task.checkCancellation()
    }

    /// No more elements come, or nobody reads them any more. What is in the pipe can still be read.
    func finish() {
        let (reader, writers) = state.withLock { state in
            state.isFinished = true
            return (takeReader(&state), takeWriters(&state))
        }
        reader?.resume()
        for writer in writers { writer.resume() }
    }

    /// The next element; nil after the last one, or when the reading task is cancelled.
    func next() async -> Element? {
        while !Task.isCancelled {
            let (element, ended, writers) = state.withLock { state in
                let element = state.elements.isEmpty ? nil : state.elements.removeFirst()
                let writers = state.elements.count <= capacity ? takeWriters(&state) : []
                return (element, state.isFinished && element == nil, writers)
            }
            for writer in writers { writer.resume() }
            if let element { return element }
            if ended { return nil }
            await waitForElement()
        }
        return nil
    }

    private func waitForElement() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goOn = state.withLock { state in
                    guard state.elements.isEmpty, !state.isFinished, !Task.isCancelled else { return true }
                    state.reader = continuation
                    return false
                }
                if goOn { continuation.resume() }
            }
        } onCancel: {
            state.withLock { takeReader(&$0) }?.resume()
        }
    }

    /// To be resumed once the lock is open: the runtime holds a lock of the task while it cancels it, and that asks for this
    /// one.
    private func takeReader(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        defer { state.reader = nil }
        return state.reader
    }

    private func takeWriters(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        defer { state.writers.removeAll(keepingCapacity: true) }
        return Array(state.writers.values)
    }
}
