import ArgumentParser
import MoE2Core

@main
struct MoE2AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "moe2-agent", version: Version.current)
}
