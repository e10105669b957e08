import CMoE2Kernels

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
        for place in count..<min(Kernel.padded(count), stride) { total.pointer[place] = Self.least }
    }

    /// What stands for the sum of no numbers.
    private static let least = Float(exp(SoftScores.lowestExponent))

    /// Adds the expert with the exponentials `column` to the set; `rows` is padded.
    func add(_ column: UnsafePointer<Float>, _ rows: Int) {
        let total = total.pointer
        switch count {
        case 0: for row in 0..<rows { total[row] += column[row] }
        case 2: Kernel.variant.add_to_two(tops.pointer, tops.pointer + stride, total, column, rows)
        default:
            let carried = carried.pointer
            carried.update(from: column, count: rows)
            for place in 0..<count {
                Kernel.variant.sort_soft(tops.pointer + place * stride, carried, rows)
            }
            total.update(repeating: Self.least, count: rows)
            for place in 0..<count {
                let top = tops.pointer + place * stride
                for row in 0..<rows { total[row] += top[row] }
            }
        }
    }

    /// About what the expert with the exponentials `column` would add to Σ weight · log of the sums; `rows` is padded.
    func marginal(_ column: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, _ rows: Int) -> Double {
        Kernel.variant.soft_marginal(column, last, sum, weight, rows)
    }
}
