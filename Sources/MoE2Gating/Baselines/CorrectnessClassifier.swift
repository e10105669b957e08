/// Logistic regression of "will this expert be right" per expert, on the features of the prompt and its labels: the
/// logistic router, and the classifier of SelectLLM (arXiv:2408.08545).
public struct CorrectnessClassifier: Sendable, Equatable {
    /// The number of experts.
    public let experts: Int
    /// Weights `[feature][expert]`, row-major; the last row is the intercept. Labels follow the text features.
    public let weights: [Float]

    /// A stored classifier.
    public init(experts: Int, weights: [Float]) {
        self.experts = experts
        self.weights = weights
    }

    /// The probability of each expert to be right, for `features` with labels appended (`CorrectnessClassifier.join`).
    public func predict(_ features: SparseVector) -> [Double] {
        var sums = [Float](repeating: 0, count: experts)
        let intercept = weights.count - experts
        guard intercept >= 0 else { return [Double](repeating: 0.5, count: experts) }
        for expert in 0..<experts { sums[expert] = weights[intercept + expert] }
        for (index, value) in zip(features.indices, features.values) where (Int(index) + 1) * experts <= intercept {
            for expert in 0..<experts { sums[expert] += value * weights[Int(index) * experts + expert] }
        }
        return sums.map { logistic(Double($0)) }
    }

    /// Text features followed by label columns, as one vector.
    static func join(_ features: SparseVector, labels: [Int], dimension: Int) -> SparseVector {
        var joined = features
        for label in Set(labels).sorted() {
            joined.indices.append(Int32(dimension + label))
            joined.values.append(0.5)
        }
        return joined
    }

    /// Trains by AdaGrad over the prompts in their order, `epochs` passes, with weight decay `penalty` per prompt.
    static func train(
        _ documents: [SparseVector],
        _ qualities: [Double],
        experts: Int,
        dimension: Int,
        penalty: Float,
        epochs: Int = 8
    ) -> CorrectnessClassifier {
        var weights = [Float](repeating: 0, count: (dimension + 1) * experts)
        var squares = [Float](repeating: 1e-2, count: weights.count)
        let intercept = dimension * experts
        var errors = [Float](repeating: 0, count: experts)
        for _ in 0..<epochs {
            for (row, document) in documents.enumerated() {
                let model = document
                for expert in 0..<experts { errors[expert] = weights[intercept + expert] }
                for (index, value) in zip(model.indices, model.values) {
                    for expert in 0..<experts { errors[expert] += value * weights[Int(index) * experts + expert] }
                }
                for expert in 0..<experts {
                    errors[expert] = Float(logistic(Double(errors[expert])) - qualities[row * experts + expert])
                    step(&weights, &squares, intercept + expert, errors[expert])
                }
                for (index, value) in zip(model.indices, model.values) {
                    for expert in 0..<experts {
                        let i = Int(index) * experts + expert
                        step(&weights, &squares, i, errors[expert] * value + penalty * weights[i])
                    }
                }
            }
        }
        return CorrectnessClassifier(experts: experts, weights: weights)
    }

    @inline(__always)
    private static func step(_ weights: inout [Float], _ squares: inout [Float], _ i: Int, _ slope: Float) {
        squares[i] += slope * slope
        weights[i] -= 0.1 * slope / squares[i].squareRoot()
    }
}
