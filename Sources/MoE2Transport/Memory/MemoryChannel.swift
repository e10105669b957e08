import MoE2Core
import Synchronization

/// Hands requests to a ``CallServer`` in the same process.
struct MemoryChannel: RequestChannel {
    let server: CallServer
    let peer: Peer
    let faults: InMemoryTransport.Faults
    let random: @Sendable () -> Double

    func exchange(_ request: [UInt8], timeout: Duration) async throws(StatusError) -> [UInt8] {
        if random() < faults.duplication {
            Task { server.handle(request, from: peer) { _ in } }
        }
        while random() < faults.loss {
            // Lost on the way there, or on the way back: the server may have seen it.
            if random() < 0.5 { _ = await reaction(request) }
        }
        switch await handle(request, timeout: timeout) {
        case .reply(let bytes): return bytes
        case .disconnect(let why): throw StatusError(.unavailable, "the other side closed the connection: \(why)")
        case nil:
            if Task.isCancelled { throw StatusError(.cancelled, "the call was cancelled") }
            throw StatusError(.deadlineExceeded, "no reply within \(timeout)")
        }
    }

    func close() async { server.lost(peer) }

    private func reaction(_ request: [UInt8]) async -> CallServer.Reaction {
        await withCheckedContinuation { continuation in
            server.handle(request, from: peer) { continuation.resume(returning: $0) }
        }
    }

    /// The server's reaction; nil when the time ran out or the task was cancelled first.
    private func handle(_ request: [UInt8], timeout: Duration) async -> CallServer.Reaction? {
        await withTaskGroup(of: CallServer.Reaction?.self) { group in
            let race = OneShot<CallServer.Reaction?>()
            server.handle(request, from: peer) { race.fulfil($0) }
            group.addTask { await race.value() }
            group.addTask {
                try? await Task.sleep(for: timeout)
                race.fulfil(nil)
                return nil
            }
            defer { group.cancelAll() }
            return await withTaskCancellationHandler {
                await group.next() ?? nil
            } onCancel: {
                race.fulfil(nil)
            }
        }
    }
}
