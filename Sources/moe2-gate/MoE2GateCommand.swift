import ArgumentParser
import FoundationEssentials
import Logging
import MoE2Core
import MoE2Gate
import MoE2HTTP
import MoE2Service

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
        let program = ServiceProgram<GateConfiguration>("moe2-gate", path: config, check: Gate.check)
        guard !checkConfig else { return try program.checkOnly() }
        try await program.run { configuration, logger throws(StatusError) in
            let watch = GateWatch()
            let gate = try Gate(configuration, observers: watch.observers, logger: logger)
            // The doors close first, so that the gate answers what came in through them.
            return RunningService([gate, doors(of: gate, watch, configuration, logger)], reload: gate.reload)
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

    private func write(_ text: String, to path: String) throws(StatusError) {
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw StatusError(.invalidArgument, "cannot write '\(path)': \(error)")
        }
    }
}
