#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The multipliers of ``SoftRelaxation`` over the rows that are loaded: a level c and a share b each, with the bound they give.
final class SoftMultipliers {
    /// Steps of the level's table per unit of log c.
    private static let resolution = 256.0

    private let capacity: Int
    private let levels: SoftLevels
    private let teamSize: Float
    /// log c of every row, and b.
    private let position: Buffer<Float>
    private let share: Buffer<Float>
    /// 1/c.
    private let inverse: Buffer<Float>
    /// Weight times temperature, in units; 0 in padding.
    let weight: Buffer<Float>
    private let levelTurn: Buffer<Float>
    private let shareTurn: Buffer<Float>
    private let levelHits: Buffer<Float>
    private let shareHits: Buffer<Float>
    private var rows = 0
    /// Σ weight · (log c − 1 + k·b).
    private(set) var constant = 0.0

    init(stride: Int, teamSize: Int, columns: Int) {
        capacity = stride
        self.teamSize = Float(teamSize)
        // Newcomers may be above the maximum of a row by their highest exponent.
        let highest = log(Double(max(columns, 2))) + 1 + SoftScores.highestExponent
        levels = SoftLevels(resolution: Self.resolution, highest: highest)
        position = Buffer(stride, 0)
        share = Buffer(stride, 0)
        inverse = Buffer(stride, 1)
        weight = Buffer(stride, 0)
        levelTurn = Buffer(stride, 0)
        shareTurn = Buffer(stride, 0)
        levelHits = Buffer(stride, 0)
        shareHits = Buffer(stride, 0)
    }

    /// Multipliers that are a start where nothing better is known.
    func neutral() -> Multipliers {
        let result = Multipliers(Buffer(2 * capacity, 0))
        for row in 0..<capacity { result.values.pointer[row] = UInt16(levels.index(of: 0)) }
        return result
    }

    /// Takes the weights of the listed rows, or of the first `count`.
    func load(_ weights: UnsafePointer<Double>, rows indices: UnsafePointer<Int32>?, _ count: Int) {
        rows = count
        for place in 0..<count { weight.pointer[place] = Float(weights[indices.map { Int($0[place]) } ?? place]) }
        for place in count..<min((count + 15) / 16 * 16, capacity) {
            weight.pointer[place] = 0
            inverse.pointer[place] = 1
            share.pointer[place] = 0
        }
    }

    /// Takes up multipliers, by row of the problem, for the rows that are loaded.
    func gather(_ multipliers: Multipliers, rows indices: UnsafePointer<Int32>?) {
        let stored = multipliers.values.pointer
        for place in 0..<rows {
            let row = indices.map { Int($0[place]) } ?? place
            position.pointer[place] = levels.position(Int(stored[row]))
            share.pointer[place] = Float(stored[capacity + row]) / (65535 * teamSize)
        }
        levelTurn.pointer.update(repeating: 0, count: rows)
        shareTurn.pointer.update(repeating: 0, count: rows)
        settle()
    }

    /// The multipliers now, by row of the problem; rows that are not loaded keep those of `inherited`.
    func scatter(_ inherited: Multipliers, rows indices: UnsafePointer<Int32>?) -> Multipliers {
        let result = Buffer<UInt16>(2 * capacity, 0)
        result.pointer.update(from: inherited.values.pointer, count: 2 * capacity)
        for place in 0..<rows {
            let row = indices.map { Int($0[place]) } ?? place
            result.pointer[row] = UInt16(clamping: levels.index(of: position.pointer[place]))
            result.pointer[capacity + row] = stored(share.pointer[place])
        }
        return Multipliers(result)
    }

    private func stored(_ share: Float) -> UInt16 { UInt16(min(max(share, 0) * teamSize * 65535, 65535)) }

    /// Multipliers for which the bound of a set is tight, from its k + 1 largest exponentials (or their sum when all count).
    func around(_ tops: SoftTops, rows: Int) -> Multipliers {
        let result = Buffer<UInt16>(2 * capacity, 0)
        let count = Int(teamSize)
        let (last, next) = (tops.last.map { _ in tops.top(count - 1) }, tops.last)
        for row in 0..<rows {
            let sum = tops.sum[row] - (next?[row] ?? 0)
            result.pointer[row] = UInt16(clamping: levels.index(of: log(max(sum, 1e-37))))
            if let last, let next, sum > 0 {
                result.pointer[capacity + row] = stored((last[row] + next[row]) / 2 / sum)
            }
        }
        return Multipliers(result)
    }

    /// Puts the levels on their table and adds up the constant part of the bound.
    private func settle() {
        var sum = 0.0
        let (position, inverse, share, weight) = (position.pointer, inverse.pointer, share.pointer, weight.pointer)
        for row in 0..<rows {
            let index = levels.index(of: position[row])
            inverse[row] = levels.inverse(index)
            sum += Double(weight[row]) * (levels.logarithm(index) - 1 + Double(teamSize) * Double(share[row]))
        }
        constant = sum
    }

    /// Σ weight · φ of a column, over `stride` rows with padding.
    func bound(_ column: UnsafePointer<Float>, _ stride: Int) -> Double {
        typealias Lane = SIMD8<Float>
        let (inverse, share, weight) = (inverse.pointer, share.pointer, weight.pointer)
        var total = 0.0
        var start = 0
        while start < stride {
            let end = min(start + 64, stride)
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

    /// Forgets what was counted for the next move.
    func clearHits(_ stride: Int) {
        levelHits.pointer.update(repeating: 0, count: stride)
        shareHits.pointer.update(repeating: 0, count: stride)
    }

    /// Adds the derivatives of φ by log c and by k·b of a chosen column.
    func hit(_ column: UnsafePointer<Float>, by part: Float, _ stride: Int) {
        typealias Lane = SIMD8<Float>
        let (inverse, share) = (inverse.pointer, share.pointer)
        var row = 0
        while row < stride {
            let scaled = Lane.load(column + row) * Lane.load(inverse + row)
            let floor = Lane.load(share + row)
            let isAbove = scaled .> floor
            if any(isAbove) {
                var slope = scaled
                var count = Lane(repeating: 1)
                let isFar = scaled .> 1
                if any(isFar) {
                    let shifted = scaled + (teamSize - 1) * floor
                    slope.replace(with: scaled / shifted, where: isFar)
                    count.replace(with: teamSize - (teamSize - 1) / shifted, where: isFar)
                }
                slope.replace(with: 0, where: .!isAbove)
                count.replace(with: 0, where: .!isAbove)
                (Lane.load(levelHits.pointer + row) + part * slope).store(levelHits.pointer + row)
                (Lane.load(shareHits.pointer + row) + part * count).store(shareHits.pointer + row)
            }
            row += 8
        }
    }

    /// Moves against the subgradient that the hits make; `excess` is how far the bound is above the value that would close the node.
    func move(excess: Double) {
        let norm = turn()
        guard norm > 0 else { return }
        let length = Float(excess / norm)
        let (position, share) = (position.pointer, share.pointer)
        let top = 1 / teamSize
        for row in 0..<rows {
            position[row] -= min(max(length * levelTurn.pointer[row], -1), 1)
            share[row] = min(max(share[row] - length * shareTurn.pointer[row] * top, 0), top)
        }
        settle()
    }

    /// Mixes the new subgradient into the direction; returns its square, weighted by row.
    private func turn() -> Double {
        var norm = 0.0
        let (level, share, weight) = (levelTurn.pointer, shareTurn.pointer, weight.pointer)
        let top = 1 / teamSize
        for row in 0..<rows {
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
}
