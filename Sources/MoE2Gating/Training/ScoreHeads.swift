/// The two parts of the scores beyond the prior, with their cross-fitted outputs on the training prompts.
struct ScoreHeads {
    let text: TextHeadTrainer.Result
    let labelEffects: LabelEffects
    /// Standard deviation of the cross-fitted text outputs; 1 if the text told nothing.
    let textScale: Double
    /// Cross-fitted text outputs divided by `textScale`, `[prompt][expert]`.
    let standardisedText: [Double]
    /// Prior plus text plus labels, `[prompt][expert]`.
    let crossFittedScores: [Double]

    init(
        _ targets: ScoreTargets,
        kind: AnswerKind,
        documents: [SparseVector],
        columns: [[Int]],
        labels: LabelTable,
        dimension: Int
    ) {
        let experts = targets.means.count
        let textShare = LabelEffects.textShare(for: kind)
        let text = TextHeadTrainer(documents: documents, dimension: dimension).fit(targets.centred, experts: experts)
        let labelEffects = LabelEffects(
            residuals: zip(targets.centred, text.crossFitted).map { $0 - textShare * $1 },
            experts: experts,
            columns: columns,
            labelCount: labels.count
        )
        let variance = text.crossFitted.reduce(0) { $0 + $1 * $1 } / Double(max(text.crossFitted.count, 1))
        let scale = variance > 1e-18 ? variance.squareRoot() : 1
        var scores: [Double] = []
        scores.reserveCapacity(text.crossFitted.count)
        for prompt in columns.indices {
            var row = (0..<experts).map {
                let share = columns[prompt].isEmpty ? 1 : textShare
                return targets.means[$0] + share * text.crossFitted[prompt * experts + $0]
            }
            labelEffects.add(columns[prompt], to: &row)
            scores.append(contentsOf: row)
        }
        self.text = text
        self.labelEffects = labelEffects
        textScale = scale
        standardisedText = text.crossFitted.map { $0 / scale }
        crossFittedScores = scores
    }
}
