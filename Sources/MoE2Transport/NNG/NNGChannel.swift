import CNNG
import Logging
import MoE2Core
import Synchronization

/// A REQ socket that stays connected to one of several gates.
final class NNGChannel: RequestChannel {
    /// How long a call waits for a connection before it fails with the cause.
    static let connectPatience = Duration.seconds(3)
    /// Without a connection for this long, the next address is tried.
    static let dialPatience = Duration.seconds(2)
    /// A call that got no reply in at least this time makes the connection suspect: a TLS peer may be dead unnoticed.
    static let silenceLimit = Duration.seconds(2)
    /// Exchanges at a time.
    static let maximumContexts = 1024

    private struct State {
        var idle: [RequestContext] = []
        var contexts = 0
        var pipes: Set<UInt32> = []
        var waiting: [UInt64: OneShot<Bool>] = [:]
        var nextWaiter: UInt64 = 0
        var lastReply = ContinuousClock.now
        var dialer: nng_dialer?
        var address = 0
        var tls: ClientTLS?
        var isClosed = false
    }

    private let socket: nng_socket
    private let addresses: [GateAddress]
    private let logger: Logger
    private let state = Mutex(State())

    init(addresses: [GateAddress], tls: ClientTLS?, logger: Logger) throws(StatusError) {
        guard !addresses.isEmpty else { throw StatusError(.invalidArgument, "no gate address is given") }
        var socket = nng_socket()
        let opened = nng_req0_open(&socket)
        guard opened == 0 else {
            throw StatusError(.internal, "cannot open a socket: \(NNGFailure(code: opened).text)")
        }
        nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, NNGLimits.messageBytes)
        nng_socket_set_ms(socket, NNG_OPT_RECONNMINT, 100)
        nng_socket_set_ms(socket, NNG_OPT_RECONNMAXT, 5000)
        self.socket = socket
        self.addresses = addresses
        state.withLock { $0.tls = tls }
        self.logger = logger
        let box = CallbackBox<NNGChannel>()
        nng_pipe_notify(
            socket,
            NNG_PIPE_EV_ADD_POST,
            { pipe, _, data in CallbackBox<NNGChannel>.target(of: data)?.added(pipe) },
            box.retained()
        )
        nng_pipe_notify(
            socket,
            NNG_PIPE_EV_REM_POST,
            { pipe, _, data in CallbackBox<NNGChannel>.target(of: data)?.removed(pipe) },
            box.retained()
        )
        box.set(self)
        try dial(addresses[0])
        if addresses.count > 1 {
            let box = WeakReference(self)
            Task { await Self.keepDialing { box.object } }
        }
    }

    func exchange(_ request: [UInt8], timeout: Duration) async throws(StatusError) -> [UInt8] {
        let started = ContinuousClock.now
        let patience = min(timeout, Self.connectPatience)
        guard await waitForConnection(patience) else {
            if Task.isCancelled { throw StatusError(.cancelled, "the call was cancelled") }
            throw StatusError(.unavailable, await outage())
        }
        guard let context = takeContext() else {
            throw StatusError(.resourceExhausted, "more than \(Self.maximumContexts) calls at a time")
        }
        let result = await context.exchange(request, timeout: timeout - (.now - started))
        state.withLock { $0.idle.append(context) }
        switch result {
        case .success(let bytes):
            state.withLock { $0.lastReply = .now }
            return bytes
        case .failure(let failure):
            if failure == NNG_ETIMEDOUT {
                dropSilentConnection(since: started)
                throw StatusError(.deadlineExceeded, "the gate did not answer within \(timeout)")
            }
            if failure == NNG_ECANCELED { throw StatusError(.cancelled, "the call was cancelled") }
            throw StatusError(.unavailable, "the connection to the gate failed: \(failure.text)")
        }
    }

    /// NNG 1.5 may hang or abort when a WebSocket socket is closed, so only the dialing ends; the process's end does the
    /// rest.
    func close() async {
        let dialer = state.withLock { state in
            state.isClosed = true
            defer { state.dialer = nil }
            return state.dialer
        }
        if let dialer { nng_dialer_close(dialer) }
    }

    /// Dials with `tls` from now on; a connection that is there stays.
    func reload(_ tls: ClientTLS) throws(StatusError) {
        let (dialer, address) = state.withLock { ($0.dialer, addresses[$0.address]) }
        let configuration = try TLSConfiguration(tls, host: address.host)
        state.withLock { $0.tls = tls }
        guard let dialer, address.isSecure else { return }
        nng_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, UnsafeMutableRawPointer(configuration.pointer))
    }

    // MARK: Connection

    private func dial(_ address: GateAddress) throws(StatusError) {
        var dialer = nng_dialer()
        let made = nng_dialer_create(&dialer, socket, address.url)
        guard made == 0 else {
            throw StatusError(.invalidArgument, "cannot dial \(address.url): \(NNGFailure(code: made).text)")
        }
        if address.isSecure {
            guard let tls = state.withLock({ $0.tls }) else {
                throw StatusError(
                    .invalidArgument,
                    "\(address.url) needs TLS: give the fleet's CA certificate, and the certificate and key to show"
                )
            }
            let configuration = try TLSConfiguration(tls, host: address.host)
            nng_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, UnsafeMutableRawPointer(configuration.pointer))
        }
        let started = nng_dialer_start(dialer, Int32(bitPattern: UInt32(NNG_FLAG_NONBLOCK)))
        guard started == 0 else {
            nng_dialer_close(dialer)
            throw StatusError(.unavailable, "cannot dial \(address.url): \(NNGFailure(code: started).text)")
        }
        state.withLock { $0.dialer = dialer }
    }

    /// Goes on to the next address when there has been no connection for a while.
    private static func keepDialing(_ channel: @Sendable () -> NNGChannel?) async {
        var disconnected: ContinuousClock.Instant?
        while let current = channel(), !current.state.withLock({ $0.isClosed }) {
            let isConnected = current.state.withLock { !$0.pipes.isEmpty }
            if isConnected {
                disconnected = nil
            } else if let since = disconnected {
                // Jitter, so that a fleet that lost its gate does not come back all at once.
                if .now - since > dialPatience + .milliseconds(.random(in: 0...500)) {
                    current.dialNext()
                    disconnected = nil
                }
            } else {
                disconnected = .now
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private func dialNext() {
        let (old, address) = state.withLock { state in
            state.address = (state.address + 1) % addresses.count
            defer { state.dialer = nil }
            return (state.dialer, addresses[state.address])
        }
        if let old { nng_dialer_close(old) }
        logger.info("trying another gate", metadata: ["address": "\(address.url)"])
        do throws(StatusError) {
            try dial(address)
        } catch {
            logger.warning("cannot dial", metadata: ["address": "\(address.url)", "why": "\(error.message)"])
        }
    }

    private func added(_ pipe: nng_pipe) {
        let waiting = state.withLock { state in
            state.pipes.insert(pipe.id)
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for waiter in waiting { waiter.fulfil(true) }
    }

    private func removed(_ pipe: nng_pipe) {
        state.withLock { _ = $0.pipes.remove(pipe.id) }
    }

    private func waitForConnection(_ patience: Duration) async -> Bool {
        if state.withLock({ !$0.pipes.isEmpty }) { return true }
        let waiter = OneShot<Bool>()
        let id = state.withLock { state -> UInt64? in
            guard state.pipes.isEmpty else { return nil }
            state.nextWaiter += 1
            state.waiting[state.nextWaiter] = waiter
            return state.nextWaiter
        }
        guard let id else { return true }
        let timer = Task {
            try? await Task.sleep(for: patience)
            waiter.fulfil(false)
        }
        defer {
            timer.cancel()
            state.withLock { _ = $0.waiting.removeValue(forKey: id) }
        }
        return await withTaskCancellationHandler {
            await waiter.value()
        } onCancel: {
            waiter.fulfil(false)
        }
    }

    /// A connection on which nothing came back while a call waited is closed: NNG dials again.
    private func dropSilentConnection(since: ContinuousClock.Instant) {
        let pipes = state.withLock { state in
            .now - since >= Self.silenceLimit && state.lastReply < since ? Array(state.pipes) : []
        }
        for id in pipes {
            logger.warning("the gate is silent; the connection is made anew")
            nng_pipe_close(nng_pipe(id: id))
        }
    }

    private func outage() async -> String {
        let address = addresses[state.withLock { $0.address }]
        let cause = await ConnectProbe.cause(address)
        let others = addresses.count > 1 ? " (nor any of the \(addresses.count - 1) other addresses)" : ""
        return "cannot reach the gate at \(address.url)\(others): \(cause)"
    }

    private func takeContext() -> RequestContext? {
        let (idle, mayOpen) = state.withLock { state -> (RequestContext?, Bool) in
            if let idle = state.idle.popLast() { return (idle, false) }
            guard state.contexts < Self.maximumContexts else { return (nil, false) }
            state.contexts += 1
            return (nil, true)
        }
        if let idle { return idle }
        guard mayOpen else { return nil }
        if let context = RequestContext(socket) { return context }
        state.withLock { $0.contexts -= 1 }
        return nil
    }
}
