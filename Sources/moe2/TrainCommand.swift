import ArgumentParser
import FoundationEssentials
import MoE2Data
import MoE2Gating

/// Trains a gate on calibration outcomes.
struct TrainCommand: ParsableCommand {
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

    func run() throws {
        let set = try input.read()
        let training = Split.select(set, split, fallback: true)
        var options = TrainingOptions()
        options.seed = seed
        options.storesBaselines = !withoutBaselines
        let trainer = GateTrainer(encoder: HashedNgrams(), options: options)
        let start = ContinuousClock.now
        let tuning = split == "all" ? nil : Split.select(set, tuningSplit, fallback: false)
        let model = try trainer.train(training, tuning: tuning)
        let seconds = Double((ContinuousClock.now - start).components.seconds)
        let bytes = GateFile.encode(model)
        try FileWriter.write(bytes, to: out)
        print(
            "trained \(model.expertCount) experts on \(model.trainingPrompts) prompts in \(Int(seconds)) s; wrote \(out) (\(bytes.count) bytes)"
        )
    }
}
