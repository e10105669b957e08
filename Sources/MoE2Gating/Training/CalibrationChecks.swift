/// What a set must hold before anything can be learned from it.
enum CalibrationChecks {
    /// - Throws: `GatingError` when there are no prompts or an expert has no outcome at all.
    static func check(_ training: CalibrationSet) throws(GatingError) {
        guard !training.prompts.isEmpty else {
            throw GatingError(.emptySplit, "no prompts to train on: name another split, or use --split all")
        }
        for (expert, row) in zip(training.experts, training.answers) where !row.contains(where: { $0 != nil }) {
            throw GatingError(
                .badInput,
                "expert '\(expert)' has no outcome on any training prompt: calibrate it or leave it out"
            )
        }
    }
}
