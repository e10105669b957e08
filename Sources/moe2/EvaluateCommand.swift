import ArgumentParser
import FoundationEssentials
import MoE2Data
import MoE2Gating

/// Evaluates a gate beside its baselines on outcomes that it did not see.
struct EvaluateCommand: AsyncParsableCommand {
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

    @Option(help: "The split on which MoE² chooses set and team size for a budget; not that of '--split'.")
    var tuningSplit = "dev"

    @Option(
        help: ArgumentHelp(
            "Also train a gate for every subset alone on this split, such as train, and report what renormalising loses.",
            valueName: "split"
        )
    )
    var retrain: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Embeddings") var embeddings: EmbeddingOptions

    func run() async throws {
        let model = try GateFileAccess.read(gate)
        let all = try input.read(names: input.names ?? model.experts)
        let set = Split.select(all, split, fallback: true)
        let encoder = try await embeddings.encoder(for: all.prompts.map(\.text), of: model)
        let report = try EvaluationReport(
            model: model,
            set: set,
            encoder: encoder,
            retrainer: try retrain.map { split in
                try PoolRetrainer(model: model, training: Split.select(all, split, fallback: true), encoder: encoder)
            },
            budgets: try budgets.map { try BudgetFile.read($0) },
            planning: planning(of: all)
        )
        print(json ? try report.json() : report.table())
    }

    /// The prompts of the tuning split, unless they are reported on or there are none.
    private func planning(of all: CalibrationSet) -> CalibrationSet? {
        guard split != "all", tuningSplit != split, tuningSplit != "all" else { return nil }
        let set = Split.select(all, tuningSplit, fallback: false)
        return set.prompts.isEmpty ? nil : set
    }
}
