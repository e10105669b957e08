/// Trains the correction of each expert's evidence on its own answers, without regard to the others.
struct CorrectionTrainer {
    let table: EvidenceTable
    /// Label columns per prompt.
    let labels: [[Int]]
    let labelCount: Int
    /// Standardised, cross-fitted text head outputs `[prompt][expert]`.
    let text: [Double]
    let positions: Int
    /// Whether labels have a position bias of their own.
    let hasLabelBias: Bool
    var iterations = 60

    /// The correction of expert number `expert` of the table, alone.
    func train(_ expert: Int) -> EvidenceCorrection {
        let objective = makeObjective(expert, labels: labels)
        let rows = objective.rows
        let start = [Double](repeating: 0, count: objective.parameterCount)
        let found = LBFGS(maximumIterations: iterations).minimise(from: start) {
            objective.evaluate($0, &$1, rows: rows)
        }
        // Without labels only the influence of the text is learned anew.
        var bare = makeObjective(expert, labels: labels.map { _ in [] })
        bare.isFree = (0..<bare.parameterCount).map { $0 == bare.textStart }
        let hasText = rows.contains { text[$0 * table.experts + expert] != 0 }
        let textOnly =
            hasText
            ? LBFGS(maximumIterations: 15).minimise(from: found) { bare.evaluate($0, &$1, rows: rows) } : found
        return EvidenceCorrection(
            sharpness: [found[0]],
            labelSharpness: Array(found[1..<objective.textStart]),
            textSharpness: [found[objective.textStart]],
            textOnlySharpness: [textOnly[objective.textStart]],
            positionBias: Array(found[objective.biasStart..<objective.labelBiasStart]),
            labelPositionBias: Array(found[objective.labelBiasStart...])
        )
    }

    func makeObjective(_ expert: Int, labels: [[Int]]) -> CorrectionObjective {
        CorrectionObjective(
            table: table,
            expert: expert,
            labels: labels,
            labelCount: labelCount,
            text: text,
            positions: positions,
            hasLabelBias: hasLabelBias
        )
    }
}
