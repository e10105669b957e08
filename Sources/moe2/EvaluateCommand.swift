import ArgumentParser
import FoundationEssentials
import MoE2Data
import MoE2Gating

/// Evaluates a gate beside its baselines on outcomes that it did not see.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Evaluate a gate and the baselines on prompts with outcomes."
    )

    @Option(help: "The gate file.")
    var gate: String

    @OptionGroup var input: CalibrationInput

    @Option(help: "The split to evaluate on; 'all' for every prompt.")
    var split = "test"

    @Option(help: "Budget levels and costs, JSON (docs/GATING.md).")
    var budgets: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let model = try GateModel.load(GzipFile.read(gate))
        let set = Split.select(try input.read(names: input.names ?? model.experts), split, fallback: true)
        let evaluator = try Evaluator(model: model, set: set)
        let report = EvaluationReport(
            evaluator: evaluator,
            model: model,
            budgets: try budgets.map { try BudgetFile.read($0) }
        )
        print(json ? try report.json() : report.table())
    }
}
