/// The lower triangular factor L of a symmetric positive definite matrix A = L·Lᵀ, row by row.
struct Cholesky {
    let order: Int
    private(set) var factor: [Double]

    /// Factors the `order` × `order` matrix `matrix` (row-major; only its lower triangle is read). A pivot below
    /// `floor` × the largest diagonal entry is raised to it, which keeps a rank-deficient matrix solvable.
    init(_ matrix: [Double], order: Int, floor: Double = 1e-10) {
        precondition(matrix.count == order * order, "a square matrix in row-major order")
        self.order = order
        var l = matrix
        var largest = 0.0
        for i in 0..<order { largest = max(largest, matrix[i * order + i]) }
        let least = max(largest * floor, .leastNormalMagnitude)
        for i in 0..<order {
            for j in 0...i {
                var sum = matrix[i * order + j]
                for k in 0..<j { sum -= l[i * order + k] * l[j * order + k] }
                l[i * order + j] = i == j ? max(sum, least).squareRoot() : sum / l[j * order + j]
            }
            for j in (i + 1)..<max(order, i + 1) { l[i * order + j] = 0 }
        }
        factor = l
    }

    /// The solution x of A·x = b.
    func solve(_ b: [Double]) -> [Double] {
        precondition(b.count == order, "one right-hand side entry per row")
        var x = b
        for i in 0..<order {
            for k in 0..<i { x[i] -= factor[i * order + k] * x[k] }
            x[i] /= factor[i * order + i]
        }
        for i in stride(from: order - 1, through: 0, by: -1) {
            for k in (i + 1)..<max(order, i + 1) { x[i] -= factor[k * order + i] * x[k] }
            x[i] /= factor[i * order + i]
        }
        return x
    }
}
