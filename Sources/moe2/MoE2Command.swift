import ArgumentParser
import MoE2Core

/// The client tool.
struct MoE2Command: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moe2",
        abstract: "One endpoint over a fleet of edge LLM hosts: the best team of models that your budgets allow.",
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Ask",
                subcommands: [
                    QueryCommand.self,
                    ChatCommand.self,
                    BatchCommand.self,
                    BatchesCommand.self,
                ]
            ),
            CommandGroup(
                name: "Run the fleet",
                subcommands: [
                    FleetCommand.self,
                    PlanCommand.self,
                    SolveCommand.self,
                    EnergyCommand.self,
                    DrainCommand.self,
                ]
            ),
            CommandGroup(
                name: "Train the gate",
                subcommands: [
                    CalibrateCommand.self,
                    TrainCommand.self,
                    EvaluateCommand.self,
                    GateCommand.self,
                ]
            ),
            CommandGroup(
                name: "Secure the fleet",
                subcommands: [
                    PKICommand.self,
                    TokenCommand.self,
                ]
            ),
            CommandGroup(
                name: "Other",
                subcommands: [
                    VersionCommand.self
                ]
            ),
        ]
    )
}
