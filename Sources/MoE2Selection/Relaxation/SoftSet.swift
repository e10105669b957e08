#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A growing set of a T > 0 problem with the k largest exponentials of every row; approximate, for heuristics only.
final class SoftSet {
    private let scores: SoftScores
    private let count: Int
    private let tops: Buffer<Float>
    private let sum: Buffer<Float>
    private let carried: Buffer<Float>

    init(_ scores: SoftScores) {
        self.scores = scores
        // With every expert in the team nothing is ever pushed out.
        count = scores.teamSize >= scores.columns ? 0 : scores.teamSize
        tops = Buffer(scores.stride * count, 0)
        sum = Buffer(scores.stride, 0)
        carried = Buffer(scores.stride, 0)
    }

    func reset(to members: [Int]) {
        tops.pointer.update(repeating: 0, count: tops.count)
        sum.pointer.update(repeating: Float(exp(SoftScores.lowestExponent)), count: scores.stride)
        for member in members { add(member) }
    }

    func add(_ member: Int) {
        let stride = scores.stride
        carried.pointer.update(from: scores.rough.pointer + member * stride, count: stride)
        let (sum, carried) = (sum.pointer, carried.pointer)
        for row in 0..<stride { sum[row] += carried[row] }
        guard count > 0 else { return }
        for place in 0..<count {
            let top = tops.pointer + place * stride
            for row in 0..<stride {
                let (old, new) = (top[row], carried[row])
                top[row] = old > new ? old : new
                carried[row] = old > new ? new : old
            }
        }
        // What falls out of the k largest leaves the sum.
        for row in 0..<stride { sum[row] = max(sum[row] - carried[row], top(row)) }
    }

    private func top(_ row: Int) -> Float { tops.pointer[row] }

    /// About what `member` would add.
    func marginal(_ member: Int) -> Double {
        typealias Lane = SIMD8<Float>
        let stride = scores.stride
        let column = scores.rough.pointer + member * stride
        let last = count > 0 ? tops.pointer + (count - 1) * stride : nil
        var total = 0.0
        for row in Swift.stride(from: 0, to: stride, by: 8) {
            let floor = last.map { Lane.load($0 + row) } ?? .zero
            var more = Lane.load(column + row) - floor
            more.replace(with: 0, where: more .< 0)
            guard any(more .> 0) else { continue }
            let ratio = more / Lane.load(sum.pointer + row)
            // log(1 + r): a Padé form for small r, the float's exponent for large.
            var value = 2 * ratio / (2 + ratio)
            let isLarge = ratio .> 1
            if any(isLarge) {
                let bits = unsafeBitCast(ratio + 1, to: SIMD8<Int32>.self)
                value.replace(with: (Lane(bits) * 0x1p-23 - (127 - 0.043)) * 0.693_147_2, where: isLarge)
            }
            for lane in 0..<8 { total += Double(value[lane]) * scores.weight.pointer[row + lane] }
        }
        return total
    }

    var value: Double {
        var total = 0.0
        for row in 0..<scores.rows {
            total += scores.height.pointer[row] + scores.weight.pointer[row] * Double(log(sum.pointer[row]))
        }
        return total
    }
}
