#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The k largest exponentials of every row of a growing set, and their sum.
final class SoftTops {
    /// k; 0 when every expert counts, so that only the sum matters.
    private let count: Int
    private let stride: Int
    private let tops: Buffer<Float>
    private let total: Buffer<Float>
    private let carried: Buffer<Float>

    /// For up to `stride` rows.
    init(count: Int, stride: Int) {
        self.count = count
        self.stride = stride
        tops = Buffer(stride * count, 0)
        total = Buffer(stride, 0)
        carried = Buffer(count == 0 || count == 2 ? 0 : stride, 0)
    }

    /// The sum of the k largest of every row; never 0.
    var sum: UnsafePointer<Float> { UnsafePointer(total.pointer) }

    /// The `place`-th largest of every row, from 0.
    func top(_ place: Int) -> UnsafePointer<Float> { UnsafePointer(tops.pointer + place * stride) }

    /// The smallest that counts of every row; nil when all count.
    var last: UnsafePointer<Float>? { count > 0 ? top(count - 1) : nil }

    /// Makes the set empty, for the first `rows` rows.
    func clear(_ rows: Int) {
        for place in 0..<count { (tops.pointer + place * stride).update(repeating: 0, count: rows) }
        total.pointer.update(repeating: Self.least, count: rows)
    }

    /// Takes the listed rows of `other`, or its first `count` without a list.
    func copy(_ other: SoftTops, rows indices: UnsafePointer<Int32>?, _ count: Int) {
        func copy(_ target: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>) {
            guard let indices else { return target.update(from: source, count: count) }
            for place in 0..<count { target[place] = source[Int(indices[place])] }
        }
        for place in 0..<self.count { copy(tops.pointer + place * stride, other.top(place)) }
        copy(total.pointer, other.sum)
        // Gains are divided by the sums, in whole vectors.
        for place in count..<min((count + 7) / 8 * 8, stride) { total.pointer[place] = Self.least }
    }

    /// What stands for the sum of no numbers.
    private static let least = Float(exp(SoftScores.lowestExponent))

    /// Adds the expert with the exponentials `column` to the set.
    func add(_ column: UnsafePointer<Float>, _ rows: Int) {
        let total = total.pointer
        switch count {
        case 0: for row in 0..<rows { total[row] += column[row] }
        case 2: addToTwo(column, rows)
        default:
            let carried = carried.pointer
            carried.update(from: column, count: rows)
            for place in 0..<count {
                let top = tops.pointer + place * stride
                for row in 0..<rows {
                    let (old, new) = (top[row], carried[row])
                    top[row] = old > new ? old : new
                    carried[row] = old > new ? new : old
                }
            }
            total.update(repeating: Self.least, count: rows)
            for place in 0..<count {
                let top = tops.pointer + place * stride
                for row in 0..<rows { total[row] += top[row] }
            }
        }
    }

    private func addToTwo(_ column: UnsafePointer<Float>, _ rows: Int) {
        let (first, second, total) = (tops.pointer, tops.pointer + stride, total.pointer)
        for row in 0..<rows {
            let (old, new, below) = (first[row], column[row], second[row])
            let lesser = old > new ? new : old
            let greater = old > new ? old : new
            let next = below > lesser ? below : lesser
            first[row] = greater
            second[row] = next
            total[row] = greater + next
        }
    }

    /// About what the expert with the exponentials `column` would add to Σ weight · log of the sums; `rows` is padded to whole vectors.
    func marginal(_ column: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, _ rows: Int) -> Double {
        typealias Lane = SIMD8<Float>
        let last = last
        var sum = Lane.zero
        for row in Swift.stride(from: 0, to: rows, by: 8) {
            let floor = last.map { Lane.load($0 + row) } ?? .zero
            var more = Lane.load(column + row) - floor
            more.replace(with: 0, where: more .< 0)
            guard any(more .> 0) else { continue }
            let ratio = more / Lane.load(total.pointer + row)
            // log(1 + r): a Padé form for small r, the float's exponent for large.
            var value = 2 * ratio / (2 + ratio)
            let isLarge = ratio .> 1
            if any(isLarge) {
                let bits = unsafeBitCast(ratio + 1, to: SIMD8<Int32>.self)
                value.replace(with: (Lane(bits) * 0x1p-23 - (127 - 0.043)) * 0.693_147_2, where: isLarge)
            }
            sum += value * Lane.load(weight + row)
        }
        return Double(sum.sum())
    }
}
