/// Fits a text head by ridge regression, with the penalty chosen by cross-validation.
struct TextHeadTrainer {
    /// What training yields.
    struct Result {
        let head: TextHead
        /// Predictions `[prompt][expert]` of heads that did not see the prompt.
        let crossFitted: [Double]
    }

    static let folds = 4
    /// From "text tells nothing" downwards, so that each solution warms up the next.
    static let penalties: [Float] = [30, 10, 3, 1]

    let documents: [SparseVector]
    let dimension: Int

    /// A head for centred `targets` `[prompt][expert]`. If no penalty beats predicting 0, the head is empty.
    func fit(_ targets: [Double], experts: Int) -> Result {
        let values = targets.map { Float($0) }
        let ridge = RidgeRegression(documents: documents, dimension: dimension)
        let nothing = Result(
            head: TextHead(experts: experts, weights: []),
            crossFitted: [Double](repeating: 0, count: targets.count)
        )
        guard documents.count >= 2 * Self.folds else { return nothing }
        var predictions = Self.penalties.map { _ in [Double](repeating: 0, count: targets.count) }
        for fold in 0..<Self.folds {
            let rows = documents.indices.filter { $0 % Self.folds != fold }
            var weights: [Float]?
            for (index, penalty) in Self.penalties.enumerated() {
                let fitted = ridge.fit(values, width: experts, rows: rows, penalty: penalty, start: weights)
                weights = fitted
                let head = TextHead(experts: experts, weights: fitted)
                for row in stride(from: fold, to: documents.count, by: Self.folds) {
                    let output = head.apply(documents[row])
                    for expert in 0..<experts { predictions[index][row * experts + expert] = output[expert] }
                }
            }
        }
        let losses = predictions.map { Self.squaredError($0, targets) }
        let none = targets.reduce(0) { $0 + $1 * $1 }
        guard let best = losses.indices.min(by: { losses[$0] < losses[$1] }), losses[best] < none else {
            return nothing
        }
        var weights: [Float]?
        for penalty in Self.penalties[...best] {
            weights = ridge.fit(
                values,
                width: experts,
                rows: Array(documents.indices),
                penalty: penalty,
                start: weights
            )
        }
        return Result(head: TextHead(experts: experts, weights: weights ?? []), crossFitted: predictions[best])
    }

    private static func squaredError(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
}
