import ArgumentParser
import FoundationEssentials
import Logging
import MoE2Configuration
import MoE2Core
import MoE2Gate
import MoE2HTTP
import MoE2Logging
import ServiceLifecycle

/// The central gating service.
struct MoE2GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moe2-gate",
        abstract: "The gate of a MoE² fleet: plans the active set, gates every query, dispatches, mixes and books.",
        discussion: """
            Every key of the configuration can be overridden by the environment: MOE2_GATE__LISTEN__PORT=7701 overrides
            listen.port. SIGTERM drains: new queries are refused, running ones end, then the gate exits with 0. Changed tokens,
            certificates, revocations and gate files are put in force by themselves; SIGHUP reads the configuration again.
            """,
        version: Version.current
    )

    @Option(name: .long, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config = "/etc/moe2/gate.yaml"

    @Flag(name: .long, help: "Only check the configuration and everything that it points to.")
    var checkConfig = false

    @Option(
        name: .long,
        help: ArgumentHelp("Write a JSON object with the ports to this file once the gate listens.", valueName: "file")
    )
    var readyFile: String?

    func run() async throws {
        let configuration: GateConfiguration
        do throws(StatusError) {
            configuration = try load()
        } catch {
            throw StartFailure(description: error.message)
        }
        let level = LogLevel(configuration.log.level)
        level.bootstrap(json: configuration.log.format == .json)
        let logger = Logger(label: "moe2-gate")
        do throws(StatusError) {
            if checkConfig {
                try Gate.check(configuration)
                print("\(config): fine")
                return
            }
            let watch = GateWatch()
            let gate = try Gate(configuration, observers: watch.observers, logger: logger)
            try await run(gate, doors(of: gate, watch, configuration, logger), level, logger)
        } catch {
            throw StartFailure(description: error.message)
        }
    }

    private func load() throws(StatusError) -> GateConfiguration {
        do {
            return try ConfigurationLoader(
                environmentPrefix: GateConfiguration.environmentPrefix,
                environment: ProcessInfo.processInfo.environment
            ).load(GateConfiguration.self, path: config)
        } catch {
            throw StatusError(.invalidArgument, error.message)
        }
    }

    private func doors(
        of gate: Gate,
        _ watch: GateWatch,
        _ configuration: GateConfiguration,
        _ logger: Logger
    ) -> HTTPDoors {
        HTTPDoors(
            access: gate.access,
            watch: watch,
            http: configuration.http.map { HTTPDoors.Address(host: $0.address, port: $0.port) },
            admin: configuration.admin.map { HTTPDoors.Address(host: $0.address, port: $0.port) },
            logger: logger
        ) { ports in
            logger.info(
                "listening",
                metadata: [
                    "port": "\(gate.port)", "http": "\(ports.http.map { "\($0)" } ?? "off")",
                    "admin": "\(ports.admin.map { "\($0)" } ?? "off")",
                ]
            )
            announce(gate.port, ports, logger)
        }
    }

    /// Tells whoever started the gate where it listens.
    private func announce(_ port: Int, _ ports: HTTPDoors.Ports, _ logger: Logger) {
        guard let readyFile else { return }
        let doors = [("http_port", ports.http), ("admin_port", ports.admin)].compactMap { name, port in
            port.map { #","\#(name)":\#($0)"# }
        }
        do throws(StatusError) {
            try write(#"{"port":\#(port)\#(doors.joined())}"#, to: readyFile)
        } catch {
            logger.error("\(error.message)")
        }
    }

    private func run(_ gate: Gate, _ doors: HTTPDoors, _ level: LogLevel, _ logger: Logger) async throws(StatusError) {
        let command = self
        let hangup = HangupService(gate: gate, level: level, logger: logger) { () throws(StatusError) in
            try command.load()
        }
        let group = ServiceGroup(
            configuration: .init(
                // The doors close first, so that the gate answers what came in through them.
                services: [hangup, gate, doors],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        do {
            try await group.run()
        } catch let error as StatusError {
            throw error
        } catch {
            throw StatusError(.internal, "\(error)")
        }
    }

    private func write(_ text: String, to path: String) throws(StatusError) {
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw StatusError(.invalidArgument, "cannot write '\(path)': \(error)")
        }
    }
}
