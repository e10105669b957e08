import FoundationEssentials
public import Logging
public import MoE2Core
import MoE2Store
import MoE2Transport
public import ServiceLifecycle

/// The central gating service: the fleet, the plans, the queries and the doors to them.
///
/// Lifecycle: make it from a configuration, run it, let the service group end it. It then refuses new queries, lets the
/// running ones end within ``drainTime`` and returns.
public struct Gate: Service {
    /// How long running queries may go on after a graceful shutdown began.
    public static let drainTime = Duration.seconds(25)
    /// How long after its start a gate expects agents of an earlier life to come back.
    private static let gatherTime = Duration.seconds(10)
    private static let tickInterval = Duration.milliseconds(100)

    private let listener: NNGListener
    private let hub: FleetHub
    private let planner: PlannerLoop
    private let view: FleetView
    private let store: Store?
    private let batches: BatchEngine?
    private let keeping: BookKeeping?
    private let board: SettingsBoard
    private let files: GateReload
    private let logger: Logger
    /// The gate's inside, for the doors that are not the wire protocol.
    public let access: GateAccess

    /// A gate as `configuration` describes it. It listens from now on, and answers when it runs. `observers` hear what it
    /// does.
    /// - Throws: ``StatusError`` when a file cannot be read, is damaged, or the port is in use.
    public init(
        _ configuration: GateConfiguration,
        observers: [any GateObserver] = [],
        logger: Logger
    ) throws(StatusError) {
        let start = ContinuousClock.now
        let scorer = try GateFiles.scorer(configuration)
        let clients = try GateFiles.clients(configuration)
        let store = try configuration.store.map { path throws(StatusError) in try Store.open(path) }
        let keeping = try store.map { store throws(StatusError) in
            try BookKeeping(store, configuration.books, logger: logger)
        }
        let agents = try GateFiles.agents(configuration)
        let parts = GateParts(
            GateParts.Setup(
                engine: EngineSettings(configuration),
                sessions: configuration.session,
                scorer: scorer,
                prompts: try GateFiles.prompts(configuration),
                fleetPower: configuration.limits.fleetPower,
                maximumExperts: configuration.limits.maxExperts,
                observers: observers + (clients.map { [$0] } ?? []) + (keeping.map { [$0.observer] } ?? []),
                lastPlanNumber: keeping?.lastPlanNumber ?? 0
            ),
            logger: logger,
            now: { ContinuousClock.now - start }
        )
        if configuration.insecure {
            logger.warning("insecure: true: no TLS; everybody on the network can join the fleet and see every prompt")
            if clients == nil { logger.warning("no tokens_file: everybody on the network can ask and administer") }
        }
        logger.info("scores come from \(scorer.origin)")
        self.logger = logger
        hub = parts.hub
        planner = parts.planner
        board = parts.board
        view = parts.view
        let authorizer: any ClientAuthorizer = clients ?? OpenDoor()
        let batches = store.map { store in
            parts.batches(
                BatchJournal(store),
                clock: BatchClock(
                    now: { ContinuousClock.now - start },
                    wall: { Date().timeIntervalSince1970 },
                    fleetGathered: Self.gatherTime
                ),
                logger: logger
            )
        }
        self.store = store
        self.keeping = keeping
        self.batches = batches
        access = GateAccess(parts, authorizer: authorizer, batches: batches, files: store.map(FileShelf.init))
        let router = Router()
        AgentService(
            hub: parts.hub,
            settings: configuration.session,
            identity: agents ?? InsecureAgents(),
            makeSessionID: { Identifier<QuerySubject>.random().rawValue },
            logger: logger
        ).register(on: router)
        ClientService(
            engine: parts.engine,
            hub: parts.hub,
            view: parts.view,
            planner: parts.planner,
            authorizer: authorizer
        ).register(on: router)
        BatchService(batches: batches, authorizer: authorizer).register(on: router)
        BookService(books: keeping?.books, authorizer: authorizer, unixTime: BookKeeping.unixTime)
            .register(on: router)
        listener = try NNGListener(
            address: configuration.wireAddress,
            tls: configuration.serverTLS,
            router: router,
            logger: logger
        )
        files = GateReload(
            configuration,
            clients: clients,
            agents: agents,
            parts: parts,
            listener: listener,
            logger: logger
        )
    }

    /// Reads everything that `configuration` points to.
    /// - Throws: ``StatusError`` that names what is wrong.
    public static func check(_ configuration: GateConfiguration) throws(StatusError) {
        _ = try GateFiles.scorer(configuration)
        _ = try GateFiles.prompts(configuration)
        _ = try GateFiles.clients(configuration)
        _ = try GateFiles.agents(configuration)
        if let store = configuration.store { try Store.check(store) }
    }

    /// Puts in force what can change without a restart: the limits of the categories and of the queue, and what the files
    /// that `configuration` names hold: tokens, certificates, revocations, the gate file. Plans follow; queries that run
    /// keep what they were admitted under.
    public func reload(_ configuration: GateConfiguration) async {
        board.settings = EngineSettings(configuration)
        await files.load(configuration)
        await planner.replan("the configuration was read again")
    }

    /// The port that the gate listens on; differs from the configured one when that is 0.
    public var port: Int { listener.port }

    /// Runs the gate until its task is cancelled or a graceful shutdown is asked for.
    public func run() async throws {
        // Whatever ends the gate, what it did is in the books.
        defer {
            keeping?.close()
            store?.close()
        }
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await listener.run() }
            group.addTask { await planner.run() }
            if let keeping { group.addTask { await keeping.run() } }
            group.addTask { await files.run() }
            if let batches { group.addTask { await batches.run() } }
            group.addTask {
                while !Task.isCancelled {
                    hub.tick()
                    try? await Task.sleep(for: Self.tickInterval)
                }
            }
            try? await gracefulShutdown()
            await drain()
            group.cancelAll()
        }
    }

    private func drain() async {
        logger.info("shutting down", metadata: ["active queries": "\(view.activeQueries)"])
        let deadline = ContinuousClock.now + Self.drainTime
        listener.stopAcceptingCalls()
        await batches?.pause()
        while view.activeQueries > 0, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        if view.activeQueries > 0 {
            logger.warning("queries were cut off", metadata: ["count": "\(view.activeQueries)"])
        }
    }
}
