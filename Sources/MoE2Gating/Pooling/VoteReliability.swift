/// The probability that an expert's vote is right, from the number of options and the length of its answer:
/// P = σ(b₀ + b₁·ln(K/10) + b₂·z + b₃·z²), z = the standardised logarithm of the length, clipped to ±3; z = 0 if unknown.
public struct VoteReliability: Sendable, Equatable {
    /// b₀ to b₃.
    public let coefficients: [Double]
    /// Mean of ln(1 + length) over the training votes.
    public let lengthMean: Double
    /// Standard deviation of ln(1 + length) over the training votes, above 0.
    public let lengthDeviation: Double

    /// Stored coefficients.
    public init(coefficients: [Double], lengthMean: Double, lengthDeviation: Double) {
        precondition(coefficients.count == 4, "b0 to b3")
        self.coefficients = coefficients
        self.lengthMean = lengthMean
        self.lengthDeviation = lengthDeviation
    }

    /// One training vote.
    struct Example {
        let optionCount: Int
        let length: Int?
        let isRight: Bool
    }

    /// Fits the coefficients by penalised logistic regression (Newton's method; penalty 1 on b₁ to b₃, and one
    /// pseudo-vote each way on b₀, so that a perfect or empty record stays finite).
    init(fitting examples: [Example]) {
        let lengths = examples.compactMap { $0.length.map { naturalLog(1 + Double($0)) } }
        let mean = lengths.isEmpty ? 0 : lengths.reduce(0, +) / Double(lengths.count)
        let variance = lengths.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(lengths.count, 1))
        lengthMean = mean
        lengthDeviation = variance > 1e-12 ? variance.squareRoot() : 1
        var b = [0.0, 0, 0, 0]
        let rows = examples.map { example in
            (
                Self.features(example.optionCount, example.length, mean, variance > 1e-12 ? variance.squareRoot() : 1),
                example
            )
        }
        for _ in 0..<12 {
            var gradient = [0.0, -b[1], -b[2], -b[3]]
            var hessian = [Double](repeating: 0, count: 16)
            for i in 1..<4 { hessian[i * 4 + i] = 1 }
            func add(_ x: [Double], right: Double, weight: Double) {
                let p = logistic(x[0] * b[0] + x[1] * b[1] + x[2] * b[2] + x[3] * b[3])
                for i in 0..<4 {
                    gradient[i] += weight * (right - p) * x[i]
                    for j in 0..<4 { hessian[i * 4 + j] += weight * p * (1 - p) * x[i] * x[j] }
                }
            }
            for (x, example) in rows { add(x, right: example.isRight ? 1 : 0, weight: 1) }
            add([1, 0, 0, 0], right: 0.5, weight: 2)
            let step = Cholesky(hessian, order: 4).solve(gradient)
            for i in 0..<4 { b[i] += min(max(step[i], -2), 2) }
            if step.allSatisfy({ abs($0) < 1e-9 }) { break }
        }
        coefficients = b
    }

    /// The probability that a vote among `optionCount` options, reached in `length` characters, is right; within 0.02...0.98.
    public func probability(optionCount: Int, length: Int?) -> Double {
        let x = Self.features(optionCount, length, lengthMean, lengthDeviation)
        let sum = zip(x, coefficients).reduce(0) { $0 + $1.0 * $1.1 }
        return min(max(logistic(sum), 0.02), 0.98)
    }

    private static func features(_ optionCount: Int, _ length: Int?, _ mean: Double, _ deviation: Double) -> [Double] {
        let z = length.map { min(max((naturalLog(1 + Double($0)) - mean) / deviation, -3), 3) } ?? 0
        return [1, naturalLog(Double(max(optionCount, 2)) / 10), z, z * z]
    }
}
