public import Logging
import MoE2Backends
import MoE2Configuration
public import MoE2Core
import MoE2Energy
import MoE2Transport
import MoE2Trust
public import ServiceLifecycle

/// The agent of one host: runs its model servers, keeps a session with the gate, executes shards.
///
/// Lifecycle: make it from a configuration, run it, let the service group end it. It then takes no new shards, lets the
/// running ones end, says goodbye, stops its model servers and returns.
public struct Agent: Service {
    /// After this long, the code that only the start needed is given back.
    private static let startupTime = Duration.seconds(15)

    private let parts: AgentParts
    private let certificates: CertificateReload?
    private let shutdownLimit: Duration
    private let logger: Logger

    /// An agent as `configuration` describes it. It dials the gate at once.
    /// - Throws: ``StatusError`` when something that the configuration points to is wrong.
    public init(_ configuration: AgentConfiguration, logger: Logger) throws(StatusError) {
        try Self.check(configuration)
        if configuration.insecure {
            logger.warning("insecure: true: no TLS; everybody on the network can read the prompts")
        }
        let start = ContinuousClock.now
        let now: @Sendable () -> Duration = { ContinuousClock.now - start }
        let power = configuration.power
        let host = HostReporter(
            id: configuration.host.id,
            device: configuration.host.device,
            activationEnergy: configuration.host.activation,
            experts: configuration.experts.map { expert in
                ExpertRunner(
                    ExpertRunner.Setup(
                        id: expert.id,
                        kind: expert.kind.rawValue,
                        slots: expert.slots,
                        prefillRate: expert.prefillRate,
                        decodeRate: expert.decodeRate,
                        activePower: power.aboveIdle,
                        warmUp: expert.warmUp
                    ),
                    backend: expert.makeBackend(logger: logger),
                    now: now
                )
            },
            energy: try power.makeMonitor(logger: logger, now: now)
        )
        let caller = try NNGCaller(
            addresses: configuration.gate.addresses,
            tls: configuration.clientTLS,
            logger: logger
        )
        let signer = try configuration.makeProof().map { CertifiedHello($0) }
        certificates =
            if let tls = configuration.tls, let client = configuration.clientTLS, let signer {
                CertificateReload(tls: tls, client: client, signer: signer, caller: caller, logger: logger)
            } else { nil }
        parts = AgentParts(host: host, caller: caller, signer: signer, logger: logger)
        shutdownLimit = configuration.shutdownLimit
        self.logger = logger
    }

    /// Checks everything that `configuration` points to and that can be checked without starting anything.
    /// - Throws: ``StatusError`` that names what is wrong.
    public static func check(_ configuration: AgentConfiguration) throws(StatusError) {
        try NNGCaller.check(addresses: configuration.gate.addresses, tls: configuration.clientTLS)
        _ = try configuration.makeProof()
        for expert in configuration.experts {
            do throws(StatusError) {
                switch expert.server {
                case .llamaCpp(let settings): try LlamaBackend.check(settings)
                case .openAI(let settings): try OpenAIBackend.check(settings)
                }
            } catch {
                throw StatusError(error.code, "expert '\(expert.id)': \(error.message)")
            }
        }
    }

    /// Runs the agent until its task is cancelled or a graceful shutdown is asked for.
    public func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await parts.run() }
            if let certificates { group.addTask { await certificates.run() } }
            group.addTask {
                guard (try? await Task.sleep(for: Self.startupTime)) != nil else { return }
                StartupPages.release()
            }
            try? await gracefulShutdown()
            logger.info("shutting down", metadata: ["running shards": "\(parts.sessions.running.count)"])
            await parts.sessions.leave(limit: shutdownLimit)
            group.cancelAll()
        }
    }
}

extension ExpertConfiguration {
    /// The backend that the configuration describes.
    func makeBackend(logger: Logger) -> any Backend {
        switch server {
        case .llamaCpp(let settings): LlamaBackend(settings, logger: logger)
        case .openAI(let settings): OpenAIBackend(settings, logger: logger)
        }
    }
}

extension AgentConfiguration {
    /// What proves to the gate which host this is; nil on an insecure agent.
    /// - Throws: `invalidArgument` when a file is damaged, or the certificate is another host's.
    func makeProof() throws(StatusError) -> AgentProof? {
        guard let tls else { return nil }
        let proof = try AgentProof(certificateFile: tls.certificate, keyFile: tls.key)
        guard proof.identity.name == host.id.rawValue else {
            throw StatusError(
                .invalidArgument,
                """
                the certificate '\(tls.certificate)' is for \(proof.identity), not for the host '\(host.id)': set host.id, \
                or issue another certificate
                """
            )
        }
        return proof
    }

    /// The certificates for the connection to the gate; nil on an insecure agent.
    var clientTLS: ClientTLS? {
        tls.map { ClientTLS(caFile: $0.ca, certificateFile: $0.certificate, keyFile: $0.key, revokedFile: $0.revoked) }
    }
}
