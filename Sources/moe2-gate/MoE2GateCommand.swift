import ArgumentParser
import FoundationEssentials
import Logging
import MoE2Configuration
import MoE2Core
import MoE2Gate
import ServiceLifecycle

/// The central gating service.
@main
struct MoE2GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moe2-gate",
        abstract: "The gate of a MoE² fleet: plans the active set, gates every query, dispatches, mixes and books.",
        discussion: """
            Every key of the configuration can be overridden by the environment: MOE2_GATE__LISTEN__PORT=7701 overrides
            listen.port. SIGTERM drains: new queries are refused, running ones end, then the gate exits with 0.
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
        do {
            configuration = try ConfigurationLoader(
                environmentPrefix: GateConfiguration.environmentPrefix,
                environment: ProcessInfo.processInfo.environment
            ).load(GateConfiguration.self, path: config)
        } catch {
            throw StartFailure(description: error.message)
        }
        var logger = Logger(label: "moe2-gate")
        logger.logLevel = Logger.Level(rawValue: configuration.log.level) ?? .info
        do throws(StatusError) {
            if checkConfig {
                try Gate.check(configuration)
                print("\(config): fine")
                return
            }
            let gate = try Gate(configuration, logger: logger)
            if let readyFile { try write(#"{"port":\#(gate.port)}"#, to: readyFile) }
            try await run(gate, logger)
        } catch {
            throw StartFailure(description: error.message)
        }
    }

    private func run(_ gate: Gate, _ logger: Logger) async throws(StatusError) {
        let group = ServiceGroup(
            configuration: .init(
                services: [gate],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        do {
            try await group.run()
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
