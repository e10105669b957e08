import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
import MoE2Core
public import MoE2Gate
import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// The gate's HTTP doors: the OpenAI-compatible API, and the admin door with health, metrics and the dashboard.
///
/// Lifecycle: make it, run it beside the gate, let the service group end it: it then refuses new connections and lets the
/// requests that are being answered end.
public struct HTTPDoors: Service {
    /// Where a door is.
    public struct Address: Sendable, Hashable {
        public var host: String
        /// 0 takes a free one.
        public var port: Int

        /// The port `port` of `host`.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// The ports that the doors listen on; nil for a door that is not there.
    public struct Ports: Sendable, Hashable {
        public var http: Int?
        public var admin: Int?
    }

    /// Half the cores serve HTTP; NNG's threads and the planner have the others. With a loop on every core they take them from
    /// each other, and a request costs more.
    private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount / 2))

    private let access: GateAccess
    private let metrics: GateMetrics
    private let feed: LiveFeed
    private let http: Address?
    private let admin: Address?
    private let limits: HTTPLimits
    private let logger: Logger
    private let onListening: @Sendable (Ports) -> Void

    /// Doors to the gate behind `access`. `onListening` is called once, when all of them listen.
    public init(
        access: GateAccess,
        watch: GateWatch,
        http: Address?,
        admin: Address?,
        limits: HTTPLimits = HTTPLimits(),
        logger: Logger,
        onListening: @escaping @Sendable (Ports) -> Void
    ) {
        self.access = access
        metrics = watch.metrics
        feed = watch.feed
        self.http = http
        self.admin = admin
        self.limits = limits
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until its task is cancelled or a graceful shutdown is asked for.
    /// - Throws: ``StatusError`` when an address cannot be listened on.
    public func run() async throws {
        let admission = Admission(limit: limits.requests)
        let traffic = HTTPTraffic()
        let listening = Mutex((ports: Ports(), missing: [http, admin].compactMap { $0 }.count))
        if http == nil, admin == nil {
            onListening(Ports())
            try? await gracefulShutdown()
            return
        }
        let opened: @Sendable (any WritableKeyPath<Ports, Int?> & Sendable, Int) -> Void = { [onListening] door, port in
            let ports = listening.withLock { state in
                state.ports[keyPath: door] = port
                state.missing -= 1
                return state.missing == 0 ? state.ports : nil
            }
            if let ports { onListening(ports) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let http {
                let router = apiRouter(admission, traffic)
                group.addTask { try await serve(router, at: http, isPinned: true) { opened(\.http, $0) } }
            }
            if let admin {
                let router = adminRouter(admission, traffic)
                group.addTask { try await serve(router, at: admin, isPinned: false) { opened(\.admin, $0) } }
            }
            try await group.waitForAll()
        }
    }

    // MARK: Routes

    func apiRouter(_ admission: Admission, _ traffic: HTTPTraffic) -> Router<DoorContext> {
        let router = Router(context: DoorContext.self)
        router.add(middleware: ErrorAnswers(traffic: traffic))
        HealthRoutes(access: access).register(on: router)
        addAPI(to: router, admission)
        return router
    }

    /// The admin door has the API too, so that the dashboard's playground needs no other origin.
    func adminRouter(_ admission: Admission, _ traffic: HTTPTraffic) -> Router<DoorContext> {
        let router = apiRouter(admission, traffic)
        let plan = router.group().add(middleware: Authentication(authorizer: access.authorizer, scope: .plan))
        MetricsRoutes(access: access, metrics: metrics, traffic: traffic, admission: admission).register(on: plan)
        DashboardRoutes(access: access, feed: feed).register(page: router, data: plan)
        return router
    }

    private func addAPI(to router: Router<DoorContext>, _ admission: Admission) {
        let query = router.group().add(middleware: Authentication(authorizer: access.authorizer, scope: .query))
        CompletionRoutes(access: access, admission: admission, limits: limits).register(on: query)
        EmbeddingRoutes(access: access, admission: admission, limits: limits).register(on: query)
        ModelRoutes(access: access).register(on: query)
        let slow = query.group().add(middleware: OffLoop())
        FileRoutes(access: access, admission: admission, limits: limits).register(on: slow)
        BatchRoutes(access: access, limits: limits).register(on: slow)
    }

    // MARK: Serving

    func server(isPinned: Bool) -> HTTPServerBuilder {
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionHandler(limits: limits, isPinned: isPinned)],
            idleTimeout: limits.idle,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headerBytes,
                maxHeaderListSize: limits.headerBytes,
                maxHeaderFieldCount: limits.headerFields
            )
        )
        return HTTPServerBuilder { responder in
            PinnedChannel(HTTP1Channel(responder: responder, configuration: configuration))
        }
    }

    /// - Parameter isPinned: Whether requests are answered on the event loop of their connection. The dashboard's may take long.
    private func serve(
        _ router: Router<DoorContext>,
        at address: Address,
        isPinned: Bool,
        _ opened: @escaping @Sendable (Int) -> Void
    ) async throws {
        var quiet = logger
        // Hummingbird announces every address at `info`, and so does `onListening`.
        quiet.logLevel = max(logger.logLevel, .notice)
        let application = Application(
            router: router,
            server: server(isPinned: isPinned),
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: quiet)
            ),
            onServerRunning: { channel in opened(channel.localAddress?.port ?? address.port) },
            eventLoopGroupProvider: .shared(Self.loops),
            logger: quiet
        )
        do {
            try await application.run()
        } catch let error as IOError {
            throw StatusError(
                .failedPrecondition,
                "cannot listen on \(address.host):\(address.port): \(error.description); is another process there?"
            )
        }
    }
}
