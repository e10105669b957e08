/// Ridge regression of many targets at once on sparse features, by conjugate gradients on the normal equations.
///
/// Minimises Σ_i (y_i − φ_i·w)² + penalty·|w|² for each target independently; the targets share every pass over the features.
struct RidgeRegression {
    /// Features of the examples.
    let documents: [SparseVector]
    let dimension: Int
    /// Bound on the passes; the systems are well conditioned because the features have length 1 and the penalty is ≥ 1.
    var iterations = 15

    /// Weights `[feature][target]` (row-major) for centred `targets` `[example][target]` with `width` targets an example.
    /// Examples outside `rows` are ignored; `start` warms up the iteration.
    func fit(_ targets: [Float], width: Int, rows: [Int], penalty: Float, start: [Float]? = nil) -> [Float] {
        var weights = start ?? [Float](repeating: 0, count: dimension * width)
        var residual = [Float](repeating: 0, count: dimension * width)
        var errors = targets
        if start != nil { subtractProducts(weights, from: &errors, width: width, rows: rows) }
        accumulate(errors, into: &residual, width: width, rows: rows)
        if start != nil { for i in residual.indices { residual[i] -= penalty * weights[i] } }
        var direction = residual
        var square = Self.columnDots(residual, residual, width)
        let initial = square
        for _ in 0..<iterations {
            var product = [Float](repeating: 0, count: documents.count * width)
            subtractProducts(direction, from: &product, width: width, rows: rows)
            for i in product.indices { product[i] = -product[i] }
            var image = [Float](repeating: 0, count: dimension * width)
            accumulate(product, into: &image, width: width, rows: rows)
            for i in image.indices { image[i] += penalty * direction[i] }
            let curvature = Self.columnDots(direction, image, width)
            let step = zip(square, curvature).map { $1 > 0 ? $0 / $1 : 0 }
            Self.addScaled(direction, step, to: &weights, width)
            Self.addScaled(image, step.map { -$0 }, to: &residual, width)
            let next = Self.columnDots(residual, residual, width)
            let ratio = zip(next, square).map { $1 > 0 ? $0 / $1 : 0 }
            for row in 0..<dimension {
                for column in 0..<width {
                    let i = row * width + column
                    direction[i] = residual[i] + ratio[column] * direction[i]
                }
            }
            square = next
            if zip(square, initial).allSatisfy({ $0 <= 1e-6 * $1 }) { break }
        }
        return weights
    }

    /// Adds φᵀ·values over `rows` to `result`.
    private func accumulate(_ values: [Float], into result: inout [Float], width: Int, rows: [Int]) {
        values.withUnsafeBufferPointer { values in
            result.withUnsafeMutableBufferPointer { result in
                for row in rows {
                    let document = documents[row]
                    for (index, weight) in zip(document.indices, document.values) {
                        let base = Int(index) * width
                        for column in 0..<width { result[base + column] += weight * values[row * width + column] }
                    }
                }
            }
        }
    }

    /// Subtracts φ·weights from `result` on `rows`.
    private func subtractProducts(_ weights: [Float], from result: inout [Float], width: Int, rows: [Int]) {
        weights.withUnsafeBufferPointer { weights in
            result.withUnsafeMutableBufferPointer { result in
                for row in rows {
                    let document = documents[row]
                    for (index, value) in zip(document.indices, document.values) {
                        let base = Int(index) * width
                        for column in 0..<width { result[row * width + column] -= value * weights[base + column] }
                    }
                }
            }
        }
    }

    private static func columnDots(_ a: [Float], _ b: [Float], _ width: Int) -> [Float] {
        var sums = [Float](repeating: 0, count: width)
        var base = 0
        while base < a.count {
            for column in 0..<width { sums[column] += a[base + column] * b[base + column] }
            base += width
        }
        return sums
    }

    private static func addScaled(_ source: [Float], _ factors: [Float], to target: inout [Float], _ width: Int) {
        var base = 0
        while base < source.count {
            for column in 0..<width { target[base + column] += factors[column] * source[base + column] }
            base += width
        }
    }
}
