import ArgumentParser
import MoE2Gating

/// `moe2 gate remove`: one expert less; trains nothing.
struct GateRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove an expert from a gate file: trains nothing."
    )

    @Argument(help: "The expert's name.")
    var expert: String

    @Option(help: "The gate file.")
    var gate: String

    @Option(help: "Where to write the new gate file. Default: the gate file itself.")
    var out: String?

    func run() throws {
        let model = try GateFileAccess.read(gate)
        let bytes = try GateFileAccess.write(try model.removing(expert), to: out ?? gate)
        print("removed \(expert), \(model.expertCount - 1) experts left; wrote \(out ?? gate) (\(bytes) bytes)")
    }
}
