#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@inline(__always)
func naturalLog(_ x: Double) -> Double { log(x) }

@inline(__always)
func exponential(_ x: Double) -> Double { exp(x) }

/// 1 / (1 + e^−x) without overflow.
func logistic(_ x: Double) -> Double {
    x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
}

/// Replaces `values` by their soft-max; returns the logarithm of the sum of exponentials. Empty input yields −∞.
@discardableResult
func softmax(_ values: UnsafeMutableBufferPointer<Double>) -> Double {
    guard let top = values.max() else { return -.infinity }
    var sum = 0.0
    for index in values.indices {
        values[index] = exp(values[index] - top)
        sum += values[index]
    }
    for index in values.indices { values[index] /= sum }
    return top + log(sum)
}
