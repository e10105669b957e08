import Synchronization

/// The present status of a backend, and news of its changes.
final class StatusBoard: Sendable {
    private let status: Mutex<BackendStatus>
    private let news: AsyncStream<Void>.Continuation

    /// Yields whenever the status has changed.
    let changes: AsyncStream<Void>

    init(_ status: BackendStatus) {
        self.status = Mutex(status)
        (changes, news) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var current: BackendStatus { status.withLock { $0 } }

    /// Changes the status.
    func update(_ change: (inout BackendStatus) -> Void) {
        let isNew = status.withLock { status in
            let old = status
            change(&status)
            return status != old
        }
        if isNew { news.yield() }
    }
}
