#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The relaxation of T > 0, k ≥ 2: a bound on T·log of the k largest exponentials that is linear in the set.
///
/// With y = exp((s − row maximum)/T), for every level c = 1/a > 0 and share 0 ≤ b ≤ 1/k of a row,
/// log Σ_{top-k of S} y ≤ −log a − 1 + k·b + Σ over S of φ(a·y), where φ(z) = (z − b)⁺ for z ≤ 1: the tangent of the logarithm at c and
/// the usual bound of a sum of k largest. Beyond z = 1 the tangent would grow exponentially in the score;
/// φ(z) = log(z + (k − 1)·b) + 1 − k·b is enough there (docs/decisions has the proof) and keeps the bound
/// tight for experts that are far better than the rest.
final class SoftRelaxation: Relaxation {
    /// Steps of the level's table per unit of log c.
    private static let resolution = 256.0

    private let scores: SoftScores
    let gain: UnsafeMutablePointer<Double>
    private let gains: Buffer<Double>
    let slack: Double
    private var included: [Int] = []
    private var includedSet: ExpertSet
    private var free: [Int] = []
    private var allValue: Double?
    private let levels: SoftLevels
    private let teamSize: Float

    /// log c of every row, its inverse 1/c, b, and what φ adds beyond z = 1.
    private let position: Buffer<Float>
    private let inverse: Buffer<Float>
    private let share: Buffer<Float>
    private let weight: Buffer<Float>
    private let levelTurn: Buffer<Float>
    private let shareTurn: Buffer<Float>
    private let levelHits: Buffer<Float>
    private let shareHits: Buffer<Float>
    private var constant = 0.0
    private let start: Multipliers
    private let grown: SoftSet

    init(_ model: Model, _ scores: SoftScores) {
        self.scores = scores
        let stride = scores.stride
        gains = Buffer(model.count, 0)
        gain = gains.pointer
        includedSet = ExpertSet(capacity: model.count)
        teamSize = Float(scores.teamSize)
        levels = SoftLevels(resolution: Self.resolution, highest: log(Double(max(model.count, 2))) + 1)
        position = Buffer(stride, 0)
        inverse = Buffer(stride, 1)
        share = Buffer(stride, 0)
        weight = Buffer(stride, 0)
        levelTurn = Buffer(stride, 0)
        shareTurn = Buffer(stride, 0)
        levelHits = Buffer(stride, 0)
        shareHits = Buffer(stride, 0)
        grown = SoftSet(scores)
        for row in 0..<stride { weight.pointer[row] = Float(scores.weight.pointer[row]) }
        var total = 0.0
        for row in 0..<stride { total += scores.height.pointer[row] + 4 * scores.weight.pointer[row] }
        // Products and sums of 24-bit numbers in blocks of 64.
        slack = 2e-6 * total
        start = Multipliers(Buffer(2 * stride, 0))
        for row in 0..<stride { start.values.pointer[row] = UInt16(levels.index(of: 0)) }
    }

    var unit: Double { scores.unit }
    var grain: Double { 0 }
    var freeCount: Int { free.count }
    var valueOfIncluded: Double { exactValue(includedSet) }

    func exactValue(_ set: ExpertSet) -> Double { scores.exactValue(set) }

    var valueOfAll: Double {
        var all = includedSet
        for member in free { all.insert(member) }
        return exactValue(all)
    }

    func load(included: ExpertSet, free: [Int], multipliers: Multipliers?) {
        includedSet = included
        self.included = included.members
        self.free = free
        adopt(multipliers ?? start)
    }

    func adopt(_ multipliers: Multipliers) {
        let stored = multipliers.values.pointer
        for row in 0..<scores.stride {
            position.pointer[row] = levels.position(Int(stored[row]))
            share.pointer[row] = Float(stored[scores.stride + row]) / (65535 * teamSize)
            levelTurn.pointer[row] = 0
            shareTurn.pointer[row] = 0
        }
        settle()
    }

    func multipliers() -> Multipliers {
        let result = Buffer<UInt16>(2 * scores.stride, 0)
        for row in 0..<scores.stride {
            result.pointer[row] = UInt16(clamping: levels.index(of: position.pointer[row]))
            result.pointer[scores.stride + row] = UInt16(min(share.pointer[row] * teamSize * 65535, 65535))
        }
        return Multipliers(result)
    }

    func multipliers(around set: ExpertSet) -> Multipliers {
        let result = Buffer<UInt16>(2 * scores.stride, 0)
        let members = set.members
        var values: [Float] = []
        for row in 0..<scores.stride {
            values.removeAll(keepingCapacity: true)
            for member in members { values.append(scores.rough.pointer[member * scores.stride + row]) }
            values.sort(by: >)
            let sum = values.prefix(scores.teamSize).reduce(0, +)
            guard sum > 0 else { continue }
            let last = values.count >= scores.teamSize ? values[scores.teamSize - 1] : 0
            let next = values.count > scores.teamSize ? values[scores.teamSize] : 0
            result.pointer[row] = UInt16(clamping: levels.index(of: log(sum)))
            result.pointer[scores.stride + row] = UInt16(min((last + next) / 2 / sum * teamSize * 65535, 65535))
        }
        return Multipliers(result)
    }

    /// Puts the levels on their table and adds up the constant part of the bound.
    private func settle() {
        var sum = 0.0
        let (position, inverse, share) = (position.pointer, inverse.pointer, share.pointer)
        for row in 0..<scores.rows {
            let index = levels.index(of: position[row])
            inverse[row] = levels.inverse(index)
            let log = levels.logarithm(index)
            sum +=
                scores.height.pointer[row]
                + scores.weight.pointer[row] * (log - 1 + Double(teamSize) * Double(share[row]))
        }
        constant = sum
    }

    func evaluate() -> Double {
        var total = constant
        for member in included { total += bound(scores.rough.pointer + member * scores.stride) }
        for (column, member) in free.enumerated() {
            gain[column] = bound(scores.rough.pointer + member * scores.stride)
        }
        return total
    }

    /// Σ weight · φ of a column.
    private func bound(_ column: UnsafePointer<Float>) -> Double {
        typealias Lane = SIMD8<Float>
        let (inverse, share, weight) = (inverse.pointer, share.pointer, weight.pointer)
        var total = 0.0
        var start = 0
        while start < scores.stride {
            let end = min(start + 64, scores.stride)
            var sum = Lane.zero
            var row = start
            while row < end {
                let scaled = Lane.load(column + row) * Lane.load(inverse + row)
                let floor = Lane.load(share + row)
                var value = scaled - floor
                value.replace(with: 0, where: value .< 0)
                let isFar = scaled .> 1
                if any(isFar) {
                    value.replace(with: far(scaled, floor), where: isFar)
                }
                sum += value * Lane.load(weight + row)
                row += 8
            }
            total += Double(sum.sum())
            start = end
        }
        return total
    }

    /// φ beyond z = 1: the exponent and the mantissa of a float are log₂ to within 0.0861 from below.
    private func far(_ scaled: SIMD8<Float>, _ floor: SIMD8<Float>) -> SIMD8<Float> {
        let shifted = scaled + (teamSize - 1) * floor
        let bits = unsafeBitCast(shifted, to: SIMD8<Int32>.self)
        let logarithm = (SIMD8<Float>(bits) * 0x1p-23 - (127 - 0.0861)) * 0.693_147_2
        let value = logarithm + (1 - teamSize * floor)
        let tangent = scaled - floor
        return value.replacing(with: tangent, where: tangent .< value)
    }

    func step(share chosen: UnsafePointer<Float>, excess: Double) {
        let stride = scores.stride
        levelHits.pointer.update(repeating: 0, count: stride)
        shareHits.pointer.update(repeating: 0, count: stride)
        for member in included { hit(scores.rough.pointer + member * stride, by: 1) }
        for (column, member) in free.enumerated() where chosen[column] > 0 {
            hit(scores.rough.pointer + member * stride, by: chosen[column])
        }
        let norm = turn()
        guard norm > 0 else { return }
        let length = Float(excess / norm)
        let (position, share) = (position.pointer, share.pointer)
        let top = 1 / teamSize
        for row in 0..<stride {
            position[row] -= min(max(length * levelTurn.pointer[row], -1), 1)
            share[row] = min(max(share[row] - length * shareTurn.pointer[row] * top, 0), top)
        }
        settle()
    }

    /// Adds the derivatives of φ by log c and by k·b of a chosen column.
    private func hit(_ column: UnsafePointer<Float>, by part: Float) {
        typealias Lane = SIMD8<Float>
        let (inverse, share) = (inverse.pointer, share.pointer)
        var row = 0
        while row < scores.stride {
            let scaled = Lane.load(column + row) * Lane.load(inverse + row)
            let floor = Lane.load(share + row)
            var slope = scaled
            var count = Lane(repeating: 1)
            let isFar = scaled .> 1
            if any(isFar) {
                let shifted = scaled + (teamSize - 1) * floor
                slope.replace(with: scaled / shifted, where: isFar)
                count.replace(with: teamSize - (teamSize - 1) / shifted, where: isFar)
            }
            let isBelow = scaled .<= floor
            slope.replace(with: 0, where: isBelow)
            count.replace(with: 0, where: isBelow)
            (Lane.load(levelHits.pointer + row) + part * slope).store(levelHits.pointer + row)
            (Lane.load(shareHits.pointer + row) + part * count).store(shareHits.pointer + row)
            row += 8
        }
    }

    /// Mixes the new subgradient into the direction; returns its square, weighted by row.
    private func turn() -> Double {
        var norm = 0.0
        let (level, share, weight) = (levelTurn.pointer, shareTurn.pointer, weight.pointer)
        let top = 1 / teamSize
        for row in 0..<scores.rows {
            let slope = 0.65 * (1 - levelHits.pointer[row]) + 0.35 * level[row]
            let change = 0.65 * (1 - shareHits.pointer[row] * top) + 0.35 * share[row]
            let own = self.share.pointer[row]
            let isBlocked = (own <= 0 && change > 0) || (own >= top && change < 0)
            level[row] = slope
            share[row] = isBlocked ? 0 : change
            norm += Double(weight[row] * (level[row] * level[row] + share[row] * share[row]))
        }
        return norm
    }

    func startSet() { grown.reset(to: included) }

    func marginal(_ column: Int) -> Double { grown.marginal(free[column]) }

    func grow(_ column: Int) { grown.add(free[column]) }

    var grownValue: Double { grown.value }
}
