import FoundationEssentials
import Logging
import MoE2Configuration
import MoE2Core
import MoE2Transport
import MoE2Trust
import Synchronization

/// Puts files that changed in force while the gate runs: tokens, certificates, authorities, revocations, the gate file.
///
/// A file that is no good is logged and leaves in force what was before: an owner who is half-way through copying a
/// certificate and its key must not lock the fleet out.
final class GateReload: Sendable {
    private static let interval = Duration.seconds(1)
    private static let warningInterval = Duration.seconds(86_400)

    private struct State {
        var configuration: GateConfiguration
        var tokens: FileWatch
        var tls: FileWatch
        var revoked: FileWatch
        var gateFile: FileWatch
        var warned: ContinuousClock.Instant?

        init(_ configuration: GateConfiguration) {
            self.configuration = configuration
            let tls = configuration.tls
            tokens = FileWatch([configuration.tokensFile].compactMap { $0 })
            self.tls = FileWatch(tls.map { [$0.certificate, $0.key, $0.ca] } ?? [])
            revoked = FileWatch([tls?.revoked].compactMap { $0 })
            gateFile = FileWatch([configuration.gateFile].compactMap { $0 })
        }
    }

    private let state: Mutex<State>
    private let clients: TokenClients?
    private let agents: CertifiedAgents?
    private let scorers: ScorerBoard
    private let planner: PlannerLoop
    private let listener: NNGListener
    private let logger: Logger

    init(
        _ configuration: GateConfiguration,
        clients: TokenClients?,
        agents: CertifiedAgents?,
        parts: GateParts,
        listener: NNGListener,
        logger: Logger
    ) {
        state = Mutex(State(configuration))
        self.clients = clients
        self.agents = agents
        scorers = parts.scorers
        planner = parts.planner
        self.listener = listener
        self.logger = logger
    }

    /// Looks for changed files until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            warnOfTheEnd()
            await look()
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Puts in force what has changed since the last look.
    func look() async {
        let (configuration, tokens, tls, revoked, gateFile) = state.withLock { state in
            (
                state.configuration, state.tokens.hasChanged(), state.tls.hasChanged(), state.revoked.hasChanged(),
                state.gateFile.hasChanged()
            )
        }
        if tokens { loadTokens(configuration) }
        if tls || revoked { await loadCertificates(configuration, reconnect: revoked) }
        if gateFile { await loadGateFile(configuration) }
    }

    /// Goes by the paths of `configuration` from now on and puts everything that they name in force.
    func load(_ configuration: GateConfiguration) async {
        state.withLock { $0 = State(configuration) }
        loadTokens(configuration)
        await loadCertificates(configuration, reconnect: true)
        await loadGateFile(configuration)
    }

    private func loadTokens(_ configuration: GateConfiguration) {
        guard let clients, let path = configuration.tokensFile else { return }
        attempt("tokens") { () throws(StatusError) in clients.replace(try TokenFile.read(path)) }
    }

    /// - Parameter reconnect: Whether who is connected must connect anew, so that nobody who was revoked stays.
    private func loadCertificates(_ configuration: GateConfiguration, reconnect: Bool) async {
        guard let agents, let tls = configuration.tls, let server = configuration.serverTLS else { return }
        do throws(StatusError) {
            _ = try OwnCertificate(certificate: tls.certificate, key: tls.key, role: .gate)
            guard let verifier = try GateFiles.verifier(configuration) else { return }
            try await listener.reload(server, reconnect: reconnect)
            agents.replace(verifier)
            logger.notice("certificates and revocations reloaded", metadata: ["reconnect": "\(reconnect)"])
        } catch {
            refuse("certificates", error)
        }
    }

    private func loadGateFile(_ configuration: GateConfiguration) async {
        guard configuration.gateFile != nil else { return }
        let isLoaded = attempt("gate file") { () throws(StatusError) in
            scorers.scorer = try GateFiles.scorer(configuration)
        }
        if isLoaded { await planner.replan("the gate file changed") }
    }

    @discardableResult
    private func attempt(_ what: String, _ body: () throws(StatusError) -> Void) -> Bool {
        do throws(StatusError) {
            try body()
            logger.notice("\(what) reloaded")
            return true
        } catch {
            refuse(what, error)
            return false
        }
    }

    private func refuse(_ what: String, _ error: StatusError) {
        logger.error("\(what) not reloaded; what was before stays in force", metadata: ["why": "\(error.message)"])
    }

    /// Warns once a day of a certificate that ends soon.
    private func warnOfTheEnd() {
        let (tls, isDue) = state.withLock { state in
            let isDue = state.warned.map { ContinuousClock.now - $0 >= Self.warningInterval } ?? true
            if isDue { state.warned = .now }
            return (state.configuration.tls, isDue)
        }
        guard isDue, let tls,
            let own = try? OwnCertificate(certificate: tls.certificate, key: tls.key, role: .gate),
            let warning = own.warning(at: Date())
        else { return }
        logger.warning("\(warning)")
    }
}
