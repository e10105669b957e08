/// Limited-memory BFGS with a weak-Wolfe bisection line search (Lewis and Overton 2013). Deterministic.
struct LBFGS {
    var maximumIterations = 100
    var memory = 10
    /// Stop once an iteration lowers the objective by less than this fraction.
    var tolerance = 1e-7

    private struct Pair {
        var step: [Double]
        var change: [Double]
        var inverse: Double
    }

    /// A local minimiser of `objective`, which returns the value and fills in the gradient, from `start`.
    func minimise(
        from start: [Double],
        _ objective: (_ x: [Double], _ gradient: inout [Double]) -> Double
    ) -> [Double] {
        var x = start
        var gradient = [Double](repeating: 0, count: x.count)
        var value = objective(x, &gradient)
        var pairs: [Pair] = []
        for iteration in 0..<maximumIterations {
            var direction = Self.direction(gradient, pairs)
            var slope = Self.dot(direction, gradient)
            if !(slope < 0) {
                pairs.removeAll()
                direction = gradient.map { -$0 }
                slope = Self.dot(direction, gradient)
                if !(slope < 0) { break }
            }
            let length = iteration == 0 ? min(1, 1 / Self.dot(gradient, gradient).squareRoot()) : 1
            guard let next = Self.search(x, value, direction, slope, length, objective) else { break }
            let step = zip(next.x, x).map { $0 - $1 }
            let change = zip(next.gradient, gradient).map { $0 - $1 }
            let curvature = Self.dot(step, change)
            if curvature > 1e-12 * Self.dot(change, change) {
                pairs.append(Pair(step: step, change: change, inverse: 1 / curvature))
                if pairs.count > memory { pairs.removeFirst() }
            }
            let gain = value - next.value
            (x, value, gradient) = (next.x, next.value, next.gradient)
            if gain <= tolerance * max(abs(value), 1e-12) { break }
        }
        return x
    }

    private static func search(
        _ x: [Double],
        _ value: Double,
        _ direction: [Double],
        _ slope: Double,
        _ firstLength: Double,
        _ objective: (_ x: [Double], _ gradient: inout [Double]) -> Double
    ) -> (x: [Double], value: Double, gradient: [Double])? {
        var low = 0.0
        var high = Double.infinity
        var length = firstLength
        var best: (x: [Double], value: Double, gradient: [Double])?
        for _ in 0..<20 {
            var point = x
            for i in point.indices { point[i] += length * direction[i] }
            var gradient = [Double](repeating: 0, count: x.count)
            let found = objective(point, &gradient)
            if !(found <= value + 1e-4 * length * slope) {
                high = length
            } else {
                best = (point, found, gradient)
                if dot(gradient, direction) >= 0.9 * slope { return best }
                low = length
            }
            length = high.isFinite ? (low + high) / 2 : 2 * low
        }
        return best
    }

    /// The two-loop recursion.
    private static func direction(_ gradient: [Double], _ pairs: [Pair]) -> [Double] {
        var q = gradient.map { -$0 }
        var weights = [Double](repeating: 0, count: pairs.count)
        for (index, pair) in pairs.enumerated().reversed() {
            weights[index] = pair.inverse * dot(pair.step, q)
            for i in q.indices { q[i] -= weights[index] * pair.change[i] }
        }
        if let last = pairs.last {
            let scale = 1 / (last.inverse * dot(last.change, last.change))
            for i in q.indices { q[i] *= scale }
        }
        for (index, pair) in pairs.enumerated() {
            let correction = weights[index] - pair.inverse * dot(pair.change, q)
            for i in q.indices { q[i] += correction * pair.step[i] }
        }
        return q
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                for i in a.indices { sum += a[i] * b[i] }
            }
        }
        return sum
    }
}
