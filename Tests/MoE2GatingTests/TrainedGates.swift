@testable import MoE2Gating

/// Gates that several tests share: training is deterministic, so once is enough.
enum TrainedGates {
    /// Few buckets, so that training is quick without optimisation.
    static let encoder = HashedNgrams(bits: 8)

    static let choices = train(SyntheticSet.choices())
    static let votes = train(SyntheticSet.votes())
    static let scores = train(SyntheticSet.scores())

    static func train(_ set: CalibrationSet, seed: UInt64 = 1) -> GateModel {
        var options = TrainingOptions()
        options.seed = seed
        do {
            return try GateTrainer(encoder: encoder, options: options)
                .train(set.filter { $0.split == "train" }, tuning: set.filter { $0.split == "test" })
        } catch {
            preconditionFailure("a well-formed set trains: \(error)")
        }
    }

    /// Every non-empty subset of `0..<count`, ascending.
    static func subsets(of count: Int) -> [[Int]] {
        (1..<(1 << count)).map { mask in (0..<count).filter { mask >> $0 & 1 == 1 } }
    }
}
