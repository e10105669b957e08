import ArgumentParser
import FoundationEssentials
import Logging
import MoE2Agent
import MoE2Configuration
import MoE2Core
import MoE2Logging
import ServiceLifecycle

/// The agent of one host.
@main
struct MoE2AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moe2-agent",
        abstract: "The agent of a MoE² host: runs its model servers and executes shards for the gate.",
        discussion: """
            It dials the gate and needs no open port. The smallest configuration for a model file:

              gate: {addresses: [ws://gate.local:7700/moe2]}
              insecure: true                 # or tls: {certificate: …, key: …, ca: …}
              power: {idle: 12W, active: 45W}
              experts:
                - id: math-7b
                  model: /models/math-7b-Q4_K_M.gguf   # a llama.cpp server is started for it
                  slots: 4

            and for a server that runs already: backend: openai, url: http://127.0.0.1:8000, model: NAME.

            Every key can be overridden by the environment: MOE2_AGENT__HOST__ID=orin-3 overrides host.id. SIGTERM lets
            running shards end, says goodbye to the gate, stops the model servers and exits with 0; a configuration that is
            wrong exits with 1 and one line that says what and where.
            """,
        version: Version.current
    )

    @Option(name: .long, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config = "/etc/moe2/agent.yaml"

    @Flag(name: .long, help: "Only check the configuration and everything that it points to.")
    var checkConfig = false

    func run() async throws {
        let configuration: AgentConfiguration
        do {
            configuration = try ConfigurationLoader(
                environmentPrefix: AgentConfiguration.environmentPrefix,
                environment: ProcessInfo.processInfo.environment
            ).load(AgentConfiguration.self, path: config)
        } catch {
            throw StartFailure(description: error.message)
        }
        if configuration.log.format == .json { LoggingSystem.bootstrap { JSONLogHandler(label: $0) } }
        var logger = Logger(label: "moe2-agent")
        logger.logLevel = Logger.Level(rawValue: configuration.log.level) ?? .info
        do throws(StatusError) {
            if checkConfig {
                try Agent.check(configuration)
                print("\(config): fine")
                return
            }
            try await run(try Agent(configuration, logger: logger), logger)
        } catch {
            throw StartFailure(description: "\(config): \(error.message)")
        }
    }

    private func run(_ agent: Agent, _ logger: Logger) async throws(StatusError) {
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: agent, successTerminationBehavior: .gracefullyShutdownGroup)],
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
}
