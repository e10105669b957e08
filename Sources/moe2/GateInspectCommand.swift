import ArgumentParser
import MoE2Gating

/// `moe2 gate inspect`: what a gate file holds.
struct GateInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Print what a gate file holds."
    )

    @Argument(help: "The gate file.")
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let report = GateReport(try GateFileAccess.read(file))
        print(json ? try report.json() : report.table())
    }
}
