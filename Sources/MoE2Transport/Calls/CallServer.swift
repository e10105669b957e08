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

        mutating func settle(_ key: CallKey, _ call: ServerCall) {
            guard calls[key] === call else { return }
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

    /// Answers one envelope: calls `done` once, on this thread when the answer is at hand, else on the one that makes it.
    func handle(_ bytes: [UInt8], from peer: Peer, done: @escaping @Sendable (Reaction) -> Void) {
        let envelope: Envelope
        do {
            envelope = try Envelope(decoding: bytes)
        } catch {
            return done(.disconnect(error.message))
        }
        let key = CallKey(epoch: envelope.epoch, stream: envelope.streamID)
        do throws(StatusError) {
            guard envelope.version == Version.wireProtocol else { throw Self.otherVersion(envelope.version) }
            switch envelope.kind {
            case .call:
                try open(key, envelope, peer, done)
            case .next:
                guard let call = state.withLock({ $0.calls[key] }), let buffer = call.buffer else {
                    throw StatusError(.aborted, "no such stream; the gate may have restarted: start the call again")
                }
                pull(buffer, call, key, envelope, peer, done)
            case .cancel:
                cancel(key, peer)
                done(.reply(end(key, nil, [])))
            case .reply:
                done(.disconnect("a reply where a request was expected"))
            }
        } catch {
            done(.reply(failure(key, envelope.method, error)))
        }
    }

    /// The connection of a caller is gone: what it waits for is given up. A stream goes on when it comes back soon, another call
    /// is done anew when it is asked for again.
    func lost(_ peer: Peer) {
        let calls = state.withLock { state in
            let calls = state.calls.filter { $0.value.peer.id == peer.id }
            for (key, call) in calls where call.buffer == nil && !call.isOver { state.calls[key] = nil }
            return calls.values
        }
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

    private func open(
        _ key: CallKey,
        _ envelope: Envelope,
        _ peer: Peer,
        _ done: @escaping @Sendable (Reaction) -> Void
    ) throws(StatusError) {
        if let known = state.withLock({ $0.calls[key] }) { return answer(known, key, envelope, peer, done) }
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
            let call = ServerCall(handler, peer: peer, deadline: context.deadline)
            state.calls[key] = call
            return .success(call)
        }.get()
        call.start(request, context)
        answer(call, key, envelope, peer, done)
    }

    private func answer(
        _ call: ServerCall,
        _ key: CallKey,
        _ envelope: Envelope,
        _ peer: Peer,
        _ done: @escaping @Sendable (Reaction) -> Void
    ) {
        if let buffer = call.buffer { return pull(buffer, call, key, envelope, peer, done) }
        call.seen(peer)
        call.whenReplied { [self] result in
            settle(call, key)
            switch result {
            case .success(let message): done(.reply(end(key, nil, [message])))
            case .failure(let error): done(.reply(end(key, error, [])))
            }
        }
    }

    private func pull(
        _ buffer: StreamBuffer,
        _ call: ServerCall,
        _ key: CallKey,
        _ envelope: Envelope,
        _ peer: Peer,
        _ done: @escaping @Sendable (Reaction) -> Void
    ) {
        call.seen(peer)
        call.pullStarted()
        buffer.pull(from: envelope.sequence, credits: Int(clamping: envelope.credits)) { [self] result in
            call.pullEnded()
            switch result {
            case .failure(let error):
                done(.reply(failure(key, "", error)))
            case .success(let batch):
                if batch.end != nil { settle(call, key) }
                var reply = Envelope(kind: .reply, epoch: key.epoch, streamID: key.stream)
                reply.sequence = batch.sequence
                reply.messages = batch.messages
                reply.endOfStream = batch.end != nil
                reply.status = batch.end?.error
                done(.reply(reply.encoded()))
            }
        }
    }

    private func cancel(_ key: CallKey, _ peer: Peer) {
        let known = state.withLock { state -> ServerCall? in
            if let known = state.calls[key] { return known }
            // It overtook its call, which is not done any more when it comes.
            let call = ServerCall(cancelledBy: peer)
            state.calls[key] = call
            state.settle(key, call)
            return nil
        }
        known?.cancel()
    }

    private func settle(_ call: ServerCall, _ key: CallKey) {
        if call.settle() { state.withLock { $0.settle(key, call) } }
    }

    private func end(_ key: CallKey, _ error: StatusError?, _ messages: [[UInt8]]) -> [UInt8] {
        var reply = Envelope(kind: .reply, epoch: key.epoch, streamID: key.stream)
        reply.messages = messages
        reply.endOfStream = true
        reply.status = error
        return reply.encoded()
    }

    private func failure(_ key: CallKey, _ method: String, _ error: StatusError) -> [UInt8] {
        logger.debug("call refused", metadata: ["method": "\(method)", "why": "\(error)"])
        return end(key, error, [])
    }

    private static func otherVersion(_ version: UInt32) -> StatusError {
        StatusError(
            .unimplemented,
            """
            this side speaks version \(Version.wireProtocol) of the protocol, the other side \(version): update the older \
            one
            """
        )
    }
}
