import CNNG
public import Logging
public import MoE2Core
public import ServiceLifecycle
import Synchronization

/// Offers a ``Router``'s methods over NNG: one REP socket on one WebSocket listener.
///
/// Lifecycle: it listens from the moment it is made; ``run()`` keeps it tidy until its task is cancelled. The listener is
/// never closed, since NNG 1.5 may hang on that: the process's end does it.
public final class NNGListener: Service {
    /// Requests answered at a time; parked polls count.
    static let maximumContexts = 4096
    /// Contexts that wait for a request, at least.
    private static let spareContexts = 8
    private static let tickInterval = Duration.seconds(1)

    private struct State {
        var contexts: [ReplyContext] = []
        var busy = 0
        var peers: [UInt32: Peer] = [:]
        var pipes: Set<UInt32> = []
    }

    private let socket: nng_socket
    private let endpoint: nng_listener
    private let address: GateAddress
    private let server: CallServer
    private let router: Router
    private let logger: Logger
    private let state = Mutex(State())

    /// The port that it listens on; differs from the address's when that is 0.
    public let port: Int

    /// Listens on `address`, such as `ws://0.0.0.0:7700/moe2`; `wss://` needs `tls`.
    /// - Throws: `alreadyExists` when the port is in use, `invalidArgument` for a bad address or certificate.
    public init(address: String, tls: ServerTLS?, router: Router, logger: Logger) throws(StatusError) {
        let parsed = try GateAddress(address)
        var socket = nng_socket()
        guard nng_rep0_open(&socket) == 0 else { throw StatusError(.internal, "cannot open a socket") }
        nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, NNGLimits.messageBytes)
        (endpoint, port) = try Self.listen(socket, parsed, tls)
        self.address = parsed.withPort(port)
        self.socket = socket
        self.router = router
        self.logger = logger
        server = CallServer(router: router, logger: logger)
        let box = CallbackBox<NNGListener>()
        nng_pipe_notify(
            socket,
            NNG_PIPE_EV_ADD_POST,
            { pipe, _, data in CallbackBox<NNGListener>.target(of: data)?.added(pipe) },
            box.retained()
        )
        nng_pipe_notify(
            socket,
            NNG_PIPE_EV_REM_POST,
            { pipe, _, data in CallbackBox<NNGListener>.target(of: data)?.removed(pipe) },
            box.retained()
        )
        box.set(self)
        openContexts()
        logger.info("listening", metadata: ["address": "\(parsed.url)", "port": "\(port)"])
    }

    /// Gives up on streams that nobody reads and forgets old calls, until its task is cancelled.
    public func run() async throws {
        while !Task.isCancelled {
            server.tick()
            try? await Task.sleep(for: Self.tickInterval)
        }
    }

    /// Refuses new streams; those that run go on, and so do all other calls.
    public func stopAcceptingCalls() {
        router.refuseStreams(
            StatusError(.unavailable, "the gate is shutting down; try again in a moment", retryAfter: .seconds(2))
        )
    }

    /// Takes new connections with `tls` from now on.
    ///
    /// - Parameter reconnect: Whether everybody who is connected has to connect again, so that who is revoked cannot stay.
    ///   Calls survive that: they are sent again.
    /// - Throws: `invalidArgument` for a file that is no good; the listener then goes on as before.
    public func reload(_ tls: ServerTLS, reconnect: Bool) async throws(StatusError) {
        let configuration = try TLSConfiguration(tls)
        let result = nng_listener_set_ptr(
            endpoint,
            NNG_OPT_TLS_CONFIG,
            UnsafeMutableRawPointer(configuration.pointer)
        )
        guard result == 0 else {
            throw StatusError(.internal, "the new certificate cannot be put in force: \(NNGFailure(code: result).text)")
        }
        // NNG has prepared the next connection already, with the old certificate: this one takes it.
        _ = await ConnectProbe.cause(address)
        guard reconnect else { return }
        for id in state.withLock({ Array($0.pipes) }) { nng_pipe_close(nng_pipe(id: id)) }
    }

    private static func listen(
        _ socket: nng_socket,
        _ address: GateAddress,
        _ tls: ServerTLS?
    ) throws(StatusError) -> (nng_listener, Int) {
        guard address.port == 0 else { return try listen(socket, on: address, tls) }
        for _ in 0..<5 {
            guard let port = FreePort.find() else { break }
            do throws(StatusError) {
                return try listen(socket, on: address.withPort(port), tls)
            } catch  where error.code == .alreadyExists {
                continue
            }
        }
        throw StatusError(.unavailable, "no free port was found on \(address.host)")
    }

    private static func listen(
        _ socket: nng_socket,
        on address: GateAddress,
        _ tls: ServerTLS?
    ) throws(StatusError) -> (nng_listener, Int) {
        var listener = nng_listener()
        let made = nng_listener_create(&listener, socket, address.url)
        guard made == 0 else {
            throw StatusError(.invalidArgument, "cannot listen on \(address.url): \(NNGFailure(code: made).text)")
        }
        if address.isSecure {
            guard let tls else {
                throw StatusError(.invalidArgument, "\(address.url) needs a certificate, a key and a CA")
            }
            let configuration = try TLSConfiguration(tls)
            nng_listener_set_ptr(listener, NNG_OPT_TLS_CONFIG, UnsafeMutableRawPointer(configuration.pointer))
        }
        let started = nng_listener_start(listener, 0)
        guard started == 0 else {
            nng_listener_close(listener)
            let failure = NNGFailure(code: started)
            throw failure == NNG_EADDRINUSE
                ? StatusError(
                    .alreadyExists,
                    "port \(address.port) is in use; end the other program or set another 'listen.port'"
                )
                : StatusError(.unavailable, "cannot listen on \(address.url): \(failure.text)")
        }
        return (listener, address.port)
    }

    /// Opens contexts until enough of them wait for a request.
    private func openContexts() {
        while true {
            let isEnough = state.withLock { state in
                state.contexts.count - state.busy >= Self.spareContexts || state.contexts.count >= Self.maximumContexts
            }
            guard !isEnough,
                let context = ReplyContext(
                    socket,
                    answer: { [weak self] bytes, pipe, reply in
                        guard let self else { return reply(nil) }
                        answer(bytes, pipe, reply)
                    }
                )
            else { return }
            state.withLock { $0.contexts.append(context) }
            context.start()
        }
    }

    /// Has a request answered. Runs on the thread that received it.
    private func answer(_ bytes: [UInt8], _ pipe: nng_pipe, _ reply: @escaping @Sendable ([UInt8]?) -> Void) {
        state.withLock { $0.busy += 1 }
        openContexts()
        let peer = peer(of: pipe)
        server.handle(bytes, from: peer) { [self] reaction in
            state.withLock { $0.busy -= 1 }
            switch reaction {
            case .reply(let bytes): reply(bytes)
            case .disconnect(let why):
                logger.warning("connection closed: malformed message", metadata: ["peer": "\(peer)", "why": "\(why)"])
                reply(nil)
            }
        }
    }

    private func peer(of pipe: nng_pipe) -> Peer {
        if let known = state.withLock({ $0.peers[pipe.id] }) { return known }
        var isVerified = false
        nng_pipe_get_bool(pipe, NNG_OPT_TLS_VERIFIED, &isVerified)
        var address = nng_sockaddr()
        let text = nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &address) == 0 ? Self.text(address) : "unknown"
        let peer = Peer(id: UInt64(pipe.id), address: text, isVerified: isVerified)
        state.withLock { $0.peers[pipe.id] = peer }
        return peer
    }

    private func added(_ pipe: nng_pipe) { state.withLock { _ = $0.pipes.insert(pipe.id) } }

    private func removed(_ pipe: nng_pipe) {
        state.withLock { _ = $0.pipes.remove(pipe.id) }
        guard let peer = state.withLock({ $0.peers.removeValue(forKey: pipe.id) }) else { return }
        Task { [server] in server.lost(peer) }
    }

    private static func text(_ address: nng_sockaddr) -> String {
        guard address.s_family == UInt16(NNG_AF_INET.rawValue) else { return "family \(address.s_family)" }
        return withUnsafeBytes(of: address.s_in.sa_addr) { bytes in
            "\(bytes[0]).\(bytes[1]).\(bytes[2]).\(bytes[3]):\(UInt16(bigEndian: address.s_in.sa_port))"
        }
    }
}
