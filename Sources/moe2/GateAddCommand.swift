import ArgumentParser
import MoE2Data
import MoE2Gating

/// `moe2 gate add`: one more expert, without training the others again.
struct GateAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add an expert to a gate file: trains only what belongs to it.",
        discussion: """
            The outcomes must hold the new expert's answers and, unless they are scores, those of the gate's experts on the
            same prompts: how much of what the new expert knows the others know too can be seen nowhere else.
            """
    )

    @Argument(help: "The new expert's name, as in the outcomes.")
    var expert: String

    @Option(help: "The gate file.")
    var gate: String

    @Option(help: "Prompts: JSON lines, plain or gzip.")
    var prompts: String

    @Option(help: "Outcomes: CSV, plain or gzip.")
    var outcomes: String

    @Option(help: "The split to train on; 'all' for every prompt.")
    var split = "train"

    @Option(help: "Seed of the sampled teams.")
    var seed: UInt64 = 1

    @Option(help: "Where to write the new gate file. Default: the gate file itself.")
    var out: String?

    @OptionGroup(title: "Embeddings") var embeddings: EmbeddingOptions

    func run() async throws {
        let model = try GateFileAccess.read(gate)
        let known = model.kind == .score ? [] : model.experts
        let set = try OutcomeFile.read(outcomes).join(try PromptFile.read(prompts), pool: known + [expert])
        let training = Split.select(set, split, fallback: true)
        let encoder = try await embeddings.encoder(for: training.prompts.map(\.text), of: model)
        let grown = try ExpertAdder(encoder: encoder, seed: seed).add(expert, to: model, training: training)
        let bytes = try GateFileAccess.write(grown, to: out ?? gate)
        print(
            "added \(expert) to \(model.expertCount) experts from \(training.prompts.count) prompts; wrote \(out ?? gate) (\(bytes) bytes)"
        )
    }
}
