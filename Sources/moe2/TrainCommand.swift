import ArgumentParser
import FoundationEssentials
import MoE2Data
import MoE2Gating

/// Trains a gate on calibration outcomes.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a gate on calibration prompts and outcomes."
    )

    @OptionGroup var input: CalibrationInput

    @Option(help: "The split to train on; 'all' for every prompt.")
    var split = "train"

    @Option(help: "The split that chooses the settings of the stored baselines.")
    var tuningSplit = "dev"

    @Option(help: "Seed of the sampled teams.")
    var seed: UInt64 = 1

    @Flag(help: "Leave out what evaluations need for the kNN and classifier baselines: a smaller file.")
    var withoutBaselines = false

    @Option(help: "Where to write the gate file.")
    var out: String

    @OptionGroup(title: "Embeddings") var embeddings: EmbeddingOptions

    func run() async throws {
        let set = try input.read()
        let training = Split.select(set, split, fallback: true)
        var options = TrainingOptions()
        options.seed = seed
        options.storesBaselines = !withoutBaselines
        let encoder = try await embeddings.encoder(for: set.prompts.map(\.text))
        let start = ContinuousClock.now
        let tuning = split == "all" ? nil : Split.select(set, tuningSplit, fallback: false)
        let model = try GateTrainer(encoder: encoder, options: options).train(training, tuning: tuning)
        let seconds = (ContinuousClock.now - start).components.seconds
        let bytes = try GateFileAccess.write(model, to: out)
        print(
            "trained \(model.expertCount) experts on \(model.trainingPrompts) prompts in \(seconds) s; wrote \(out) (\(bytes) bytes)"
        )
    }
}
