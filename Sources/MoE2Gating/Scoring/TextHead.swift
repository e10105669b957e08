/// A linear map from the features of a prompt to one number per expert: how much better or worse than usual the expert
/// will do on it, from the text alone.
public struct TextHead: Sendable, Equatable {
    /// The number of experts.
    public let experts: Int
    /// Weights `[feature][expert]`, row-major. Empty: the text told nothing, every output is 0.
    public let weights: [Float]

    /// A head with stored weights.
    public init(experts: Int, weights: [Float]) {
        self.experts = experts
        self.weights = weights
    }

    /// One number per expert for weighted, normalised `features`. No known feature yields zeros.
    public func apply(_ features: SparseVector) -> [Double] {
        var sums = [Float](repeating: 0, count: experts)
        weights.withUnsafeBufferPointer { weights in
            sums.withUnsafeMutableBufferPointer { sums in
                for (index, value) in zip(features.indices, features.values) {
                    let base = Int(index) * experts
                    guard index >= 0, base + experts <= weights.count else { continue }
                    for expert in 0..<experts { sums[expert] += value * weights[base + expert] }
                }
            }
        }
        return sums.map(Double.init)
    }
}
