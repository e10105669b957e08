import ArgumentParser
import Logging
import MoE2Agent
import MoE2Core
import MoE2Service

/// The agent of one host.
@main
struct MoE2AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moe2-agent",
        abstract: "The agent of a MoE² host: runs its model servers and executes shards for the gate.",
        discussion: """
            It dials the gate and needs no open port. The smallest configuration for a model file:

              gate: {addresses: [tcp://gate.local:7700]}
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
        let program = ServiceProgram<AgentConfiguration>("moe2-agent", path: config, check: Agent.check)
        guard !checkConfig else { return try program.checkOnly() }
        try await program.run { configuration, logger throws(StatusError) in
            // The log level follows by itself, and so do certificates.
            RunningService([try Agent(configuration, logger: logger)]) { _ in
                logger.notice("what the configuration says of other things than the log needs a restart")
            }
        }
    }
}
