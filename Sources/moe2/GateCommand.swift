import ArgumentParser

/// `moe2 gate`: what can be done with a gate file besides training and evaluating it.
struct GateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Look into a gate file, add an expert to it or remove one.",
        subcommands: [GateInspectCommand.self, GateAddCommand.self, GateRemoveCommand.self]
    )
}
