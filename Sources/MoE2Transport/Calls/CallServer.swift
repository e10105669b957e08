import Logging
import MoE2Core
import MoE2Wire
import Synchronization

/// Answers envelopes: starts handlers, keeps streams and recent replies, so that a request that arrives twice is done
/// once.
final class CallServer: Sendable {
    /// What a transport is to do with an envelope's sender.
    enum Reaction: Sendable {
        /// Send it this.
        case reply([UInt8])
        /// Close its connection: it does not speak the protocol.
        case disconnect(String)
    }

    /// Calls that run at a time; parked polls count.
    static let maximumCalls = 16_384
    /// How long an ended call is remembered: longer than a request may be under way.
    static let memory = Duration.seconds(90)
    /// A stream that nobody pulls from for this long is given up.
    static let streamIdleLimit = Duration.seconds(45)
    /// The same once the caller's connection is gone: it has this long to come back on another.
    static let reconnectGrace = Duration.seconds(5)
    /// How long a pull waits for a message before it is answered without one.
    static let pullHold = Duration.seconds(12)

    private struct State {
        /// Running and settled calls.
        var calls: [CallKey: ServerCall] = [:]
        var settled = SettledCalls()
        var isFull: Bool { calls.count - settled.count >= CallServer.maximumCalls }

        mutating func settle(_ key: CallKey) {
            guard calls[key] != nil else { return }
            for old in settled.add(key) { calls[old] = nil }
        }
    }

    private let state = Mutex(State())
    private let router: Router
    private let logger: Logger

    init(router: Router, logger: Logger) {
        self.router = router
        self.logger = logger
    }

    /// Answers one envelope.
    func handle(_ bytes: [UInt8], from peer: Peer) async -> Reaction {
        let envelope: Envelope
        do {
            envelope = try Envelope(decoding: bytes)
        } catch {
            return .disconnect(error.message)
        }
        guard envelope.version == Version.wireProtocol else {
            return .reply(
                failure(
                    envelope,
                    StatusError(
                        .unimplemented,
                        """
                        this side speaks version \(Version.wireProtocol) of the protocol, the other side \
                        \(envelope.version): update the older one
                        """
                    )
                )
            )
        }
        let key = CallKey(epoch: envelope.epoch, stream: envelope.streamID)
        do throws(StatusError) {
            switch envelope.kind {
            case .call:
                return .reply(try await open(key, envelope, peer))
            case .next:
                guard let call = state.withLock({ $0.calls[key] }), let buffer = call.buffer else {
                    throw StatusError(.aborted, "no such stream; the gate may have restarted: start the call again")
                }
                return .reply(try await pull(buffer, call, key, envelope, peer))
            case .cancel:
                state.withLock { $0.calls[key] }?.cancel()
                return .reply(end(envelope, nil, []))
            case .reply:
                return .disconnect("a reply where a request was expected")
            }
        } catch {
            return .reply(failure(envelope, error))
        }
    }

    /// The connection of a caller is gone: what it waits for is given up unless it comes back soon.
    func lost(_ peer: Peer) {
        let calls = state.withLock { state in state.calls.values.filter { $0.peer.id == peer.id } }
        for call in calls { call.callerIsGone() }
    }

    /// Gives up on streams that nobody pulls from and forgets calls that ended long ago. To be called every second or so.
    func tick() {
        let now = ContinuousClock.now
        let calls = state.withLock { state -> [ServerCall] in
            for (key, call) in state.calls where call.isForgotten(now) { state.calls[key] = nil }
            state.settled.keep { state.calls[$0] != nil }
            return Array(state.calls.values)
        }
        for call in calls { call.tick(now) }
    }

    private func open(_ key: CallKey, _ envelope: Envelope, _ peer: Peer) async throws(StatusError) -> [UInt8] {
        if let known = state.withLock({ $0.calls[key] }) {
            return try await answer(known, key, envelope, peer)
        }
        guard let request = envelope.messages.first, envelope.messages.count == 1 else {
            throw StatusError(.invalidArgument, "a call carries one request, not \(envelope.messages.count)")
        }
        let handler = try router.handler(for: envelope.method)
        let context = CallContext(
            peer: peer,
            deadline: envelope.timeLeft.map { .now + $0 },
            authorization: envelope.authorization.isEmpty ? nil : envelope.authorization
        )
        let call = try state.withLock { state -> Result<ServerCall, StatusError> in
            // The same request may have come twice at the same time.
            if let known = state.calls[key] { return .success(known) }
            guard !state.isFull else {
                return .failure(
                    StatusError(
                        .resourceExhausted,
                        "too many calls at a time; try again later",
                        retryAfter: .seconds(1)
                    )
                )
            }
            let call = ServerCall(method: envelope.method, peer: peer, deadline: context.deadline)
            state.calls[key] = call
            return .success(call)
        }.get()
        call.start(handler, request, context)
        return try await answer(call, key, envelope, peer)
    }

    private func answer(
        _ call: ServerCall,
        _ key: CallKey,
        _ envelope: Envelope,
        _ peer: Peer
    ) async throws(StatusError) -> [UInt8] {
        call.seen(peer)
        if let buffer = call.buffer { return try await pull(buffer, call, key, envelope, peer) }
        let result = await call.reply()
        settle(call, key)
        switch result {
        case .success(let message): return end(envelope, nil, [message])
        case .failure(let error): return end(envelope, error, [])
        }
    }

    private func pull(
        _ buffer: StreamBuffer,
        _ call: ServerCall,
        _ key: CallKey,
        _ envelope: Envelope,
        _ peer: Peer
    ) async throws(StatusError) -> [UInt8] {
        call.seen(peer)
        call.pullStarted()
        defer { call.pullEnded() }
        let batch = try await buffer.pull(from: envelope.sequence, credits: Int(clamping: envelope.credits))
        if batch.end != nil { settle(call, key) }
        var reply = Envelope(kind: .reply, epoch: envelope.epoch, streamID: envelope.streamID)
        reply.sequence = batch.sequence
        reply.messages = batch.messages
        reply.endOfStream = batch.end != nil
        reply.status = batch.end?.error
        return reply.encoded()
    }

    private func settle(_ call: ServerCall, _ key: CallKey) {
        if call.settle() { state.withLock { $0.settle(key) } }
    }

    private func end(_ envelope: Envelope, _ error: StatusError?, _ messages: [[UInt8]]) -> [UInt8] {
        var reply = Envelope(kind: .reply, epoch: envelope.epoch, streamID: envelope.streamID)
        reply.messages = messages
        reply.endOfStream = true
        reply.status = error
        return reply.encoded()
    }

    private func failure(_ envelope: Envelope, _ error: StatusError) -> [UInt8] {
        logger.debug("call refused", metadata: ["method": "\(envelope.method)", "why": "\(error)"])
        return end(envelope, error, [])
    }
}
