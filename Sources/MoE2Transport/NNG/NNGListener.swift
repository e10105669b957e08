import CNNG
import Dispatch
public import Logging
public import MoE2Core
public import ServiceLifecycle
import Synchronization

/// Offers a ``Router``'s methods over NNG: one listener, and a stream for every agent and client that dials in.
///
/// Lifecycle: it listens from the moment it is made; ``run()`` keeps it tidy until its task is cancelled. The listener is
/// never closed: the process's end does it.
public final class NNGListener: Service {
    /// Connections at a time.
    static let maximumConnections = 16_384
    private static let tickInterval = Duration.seconds(1)
    /// How long nobody is let in after that failed, most likely for want of file descriptors.
    private static let acceptPause = DispatchTimeInterval.milliseconds(50)

    private struct Link: Sendable {
        var connection: FrameConnection
        /// Who is at the other end; nil until it has said that it speaks the protocol.
        var peer: Peer?
    }

    private struct State {
        var links: [ObjectIdentifier: Link] = [:]
        var lastPeer: UInt64 = 0
    }

    nonisolated(unsafe) private let endpoint: OpaquePointer
    nonisolated(unsafe) private var accepter: OpaquePointer?
    private let address: GateAddress
    private let server: CallServer
    private let router: Router
    private let logger: Logger
    private let state = Mutex(State())

    /// The port that it listens on; differs from the address's when that is 0.
    public let port: Int

    /// Listens on `address`, such as `tcp://0.0.0.0:7700`; `tls://` needs `tls`.
    /// - Throws: `alreadyExists` when the port is in use, `invalidArgument` for a bad address or certificate.
    public init(address: String, tls: ServerTLS?, router: Router, logger: Logger) throws(StatusError) {
        let parsed = try GateAddress(address)
        (endpoint, port) = try Self.listen(on: parsed, tls)
        self.address = parsed.withPort(port)
        self.router = router
        self.logger = logger
        server = CallServer(router: router, logger: logger)
        let box = CallbackBox<NNGListener>()
        guard nng_aio_alloc(&accepter, { CallbackBox<NNGListener>.target(of: $0)?.hasAccepted() }, box.retained()) == 0
        else { throw StatusError(.internal, "there is no memory to listen") }
        box.set(self)
        accept()
        logger.info("listening", metadata: ["address": "\(parsed.url)", "port": "\(port)"])
    }

    /// Gives up on streams that nobody reads, forgets old calls and closes silent connections, until its task is cancelled.
    public func run() async throws {
        while !Task.isCancelled {
            server.tick()
            let now = ContinuousClock.now
            for connection in connections { connection.tick(now) }
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
        let result = nng_stream_listener_set_ptr(
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
        for connection in connections { connection.close(ConnectionEnd(why: "the certificates were renewed")) }
    }

    private static func listen(
        on address: GateAddress,
        _ tls: ServerTLS?
    ) throws(StatusError) -> (OpaquePointer, Int) {
        var made: OpaquePointer?
        let result = nng_stream_listener_alloc(&made, address.streamURL)
        guard result == 0, let listener = made else {
            throw StatusError(.invalidArgument, "cannot listen on \(address.url): \(NNGFailure(code: result).text)")
        }
        if address.isSecure {
            guard let tls else {
                throw StatusError(.invalidArgument, "\(address.url) needs a certificate, a key and a CA")
            }
            let configuration = try TLSConfiguration(tls)
            nng_stream_listener_set_ptr(
                listener,
                NNG_OPT_TLS_CONFIG,
                UnsafeMutableRawPointer(configuration.pointer)
            )
        }
        let started = nng_stream_listener_listen(listener)
        guard started == 0 else {
            nng_stream_listener_free(listener)
            let failure = NNGFailure(code: started)
            throw failure == NNG_EADDRINUSE
                ? StatusError(
                    .alreadyExists,
                    "port \(address.port) is in use; end the other program or set another 'listen.port'"
                )
                : StatusError(.unavailable, "cannot listen on \(address.url): \(failure.text)")
        }
        var port = Int32(clamping: address.port)
        if port == 0 { nng_stream_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port) }
        return (listener, Int(port))
    }

    // MARK: Connections

    private var connections: [FrameConnection] { state.withLock { $0.links.values.map(\.connection) } }

    private func accept() { nng_stream_listener_accept(endpoint, accepter) }

    private func hasAccepted() {
        guard nng_aio_result(accepter) == 0, let stream = nng_aio_get_output(accepter, 0) else {
            return DispatchQueue.global().asyncAfter(deadline: .now() + Self.acceptPause) { self.accept() }
        }
        admit(OpaquePointer(stream))
        accept()
    }

    private func admit(_ stream: OpaquePointer) {
        let owner = FrameConnection.Owner(
            opened: { [self] in opened($0) },
            received: { [self] in answer($2, $1, on: $0) },
            closed: { [self] in closed($0, $1) }
        )
        guard let connection = FrameConnection(stream, role: .server, isSecure: address.isSecure, owner: owner) else {
            return
        }
        let isAdmitted = state.withLock { state in
            guard state.links.count < Self.maximumConnections else { return false }
            state.links[ObjectIdentifier(connection)] = Link(connection: connection)
            return true
        }
        if isAdmitted {
            connection.start()
        } else {
            connection.close(ConnectionEnd(why: "\(Self.maximumConnections) connections are open already"))
        }
    }

    private func opened(_ connection: FrameConnection) {
        let (address, isVerified) = connection.remote()
        state.withLock { state in
            state.lastPeer += 1
            state.links[ObjectIdentifier(connection)]?.peer = Peer(
                id: state.lastPeer,
                address: address,
                isVerified: isVerified
            )
        }
    }

    private func closed(_ connection: FrameConnection, _ end: ConnectionEnd) {
        let link = state.withLock { $0.links.removeValue(forKey: ObjectIdentifier(connection)) }
        let peer = link?.peer
        if end.isMalformed {
            let name = peer.map { "\($0)" } ?? connection.remote().address
            logger.warning("connection closed: malformed message", metadata: ["peer": "\(name)", "why": "\(end.why)"])
        } else {
            logger.debug("connection closed", metadata: ["peer": "\(peer?.address ?? "")", "why": "\(end.why)"])
        }
        // Not on this thread: whoever closes it may be in the middle of a call.
        if let peer { Task { [server] in server.lost(peer) } }
    }

    /// Has a request answered. Runs on the thread that received it.
    private func answer(_ request: [UInt8], _ exchange: UInt64, on connection: FrameConnection) {
        guard let peer = state.withLock({ $0.links[ObjectIdentifier(connection)]?.peer }) else { return }
        server.handle(request, from: peer) { reaction in
            switch reaction {
            case .reply(let reply): connection.answer(exchange, reply)
            case .disconnect(let why): connection.close(ConnectionEnd(why: why, isMalformed: true))
            }
        }
    }
}
