import CMoE2Kernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The multipliers of ``SoftRelaxation`` over the rows that are loaded: a level c and a share b each, with the bound they give.
final class SoftMultipliers {
    /// Steps of a stored level per unit of log c.
    private static let resolution: Float = 256
    private static let lowest = Float(SoftScores.lowestExponent)

    private let capacity: Int
    private let teamSize: Float
    /// The largest log c.
    private let highest: Float
    /// log c of every row, and b.
    private let position: Buffer<Float>
    private let share: Buffer<Float>
    /// Weight times temperature, in units; 0 in padding.
    let weight: Buffer<Float>
    /// 1/c, the direction of the last move, and what the next one is made of.
    private let others: [Buffer<Float>]
    private let rows: Buffer<moe2_soft_rows>
    /// Rows that are loaded, and with padding.
    private var count = 0
    private var stride = 0
    /// Σ weight · (log c − 1 + k·b).
    private(set) var constant = 0.0

    init(stride: Int, teamSize: Int, columns: Int) {
        capacity = stride
        self.teamSize = Float(teamSize)
        // Newcomers may be above the maximum of a row by their highest exponent.
        highest = Float(log(Double(max(columns, 2))) + 1 + SoftScores.highestExponent)
        position = Buffer(stride, 0)
        share = Buffer(stride, 0)
        weight = Buffer(stride, 0)
        others = (0..<5).map { _ in Buffer(stride, 0) }
        rows = Buffer(
            1,
            moe2_soft_rows(
                position: position.pointer,
                share: share.pointer,
                inverse: others[0].pointer,
                weight: weight.pointer,
                level_turn: others[1].pointer,
                share_turn: others[2].pointer,
                level_hits: others[3].pointer,
                share_hits: others[4].pointer,
                team: Float(teamSize)
            )
        )
    }

    /// Multipliers that are a start where nothing better is known.
    func neutral() -> Multipliers {
        let result = Multipliers(Buffer(2 * capacity, 0))
        for row in 0..<capacity { result.values.pointer[row] = stored(level: 0) }
        return result
    }

    private func stored(level: Float) -> UInt16 {
        UInt16(min(max((level - Self.lowest) * Self.resolution + 0.5, 0), 65535))
    }

    private func stored(share: Float) -> UInt16 { UInt16(min(max(share, 0) * teamSize * 65535, 65535)) }

    /// Takes the weights of the listed rows, or of the first `count`.
    func load(_ weights: UnsafePointer<Float>, rows indices: UnsafePointer<Int32>?, _ count: Int) {
        self.count = count
        stride = min(Kernel.padded(count), capacity)
        for place in 0..<count { weight.pointer[place] = weights[indices.map { Int($0[place]) } ?? place] }
        for place in count..<stride {
            weight.pointer[place] = 0
            position.pointer[place] = 0
            share.pointer[place] = 0
        }
    }

    /// Takes up multipliers, by row of the problem, for the rows that are loaded.
    func gather(_ multipliers: Multipliers, rows indices: UnsafePointer<Int32>?) {
        let stored = multipliers.values.pointer
        for place in 0..<count {
            let row = indices.map { Int($0[place]) } ?? place
            position.pointer[place] = min(Self.lowest + Float(stored[row]) / Self.resolution, highest)
            share.pointer[place] = Float(stored[capacity + row]) / (65535 * teamSize)
        }
        rows.pointer.pointee.level_turn.update(repeating: 0, count: stride)
        rows.pointer.pointee.share_turn.update(repeating: 0, count: stride)
        constant = Kernel.variant.soft_settle(rows.pointer, stride)
    }

    /// The multipliers now, by row of the problem; rows that are not loaded keep those of `inherited`.
    func scatter(_ inherited: Multipliers, rows indices: UnsafePointer<Int32>?) -> Multipliers {
        let result = Buffer<UInt16>(unwritten: 2 * capacity)
        result.pointer.update(from: inherited.values.pointer, count: 2 * capacity)
        for place in 0..<count {
            let row = indices.map { Int($0[place]) } ?? place
            result.pointer[row] = stored(level: position.pointer[place])
            result.pointer[capacity + row] = stored(share: share.pointer[place])
        }
        return Multipliers(result)
    }

    /// Multipliers for which the bound of a set is tight, from its k + 1 largest exponentials (or their sum when all count).
    func around(_ tops: SoftTops, rows: Int) -> Multipliers {
        let result = Buffer<UInt16>(2 * capacity, 0)
        let count = Int(teamSize)
        let (last, next) = (tops.last.map { _ in tops.top(count - 1) }, tops.last)
        for row in 0..<rows {
            let sum = tops.sum[row] - (next?[row] ?? 0)
            result.pointer[row] = stored(level: log(max(sum, 1e-37)))
            if let last, let next, sum > 0 {
                result.pointer[capacity + row] = stored(share: (last[row] + next[row]) / 2 / sum)
            }
        }
        return Multipliers(result)
    }

    /// Σ weight · φ of a column.
    func bound(_ column: UnsafePointer<Float>) -> Double { Kernel.variant.soft_bound(rows.pointer, column, stride) }

    /// Forgets what was counted for the next move.
    func clearHits() {
        rows.pointer.pointee.level_hits.update(repeating: 0, count: stride)
        rows.pointer.pointee.share_hits.update(repeating: 0, count: stride)
    }

    /// Adds the derivatives of φ by log c and by k·b of a chosen column.
    func hit(_ column: UnsafePointer<Float>, by part: Float) {
        Kernel.variant.soft_hit(rows.pointer, column, part, stride)
    }

    /// Moves against the subgradient that the hits make; `excess` is how far the bound is above the value that would close the node.
    func move(excess: Double) {
        let norm = Kernel.variant.soft_turn(rows.pointer, stride)
        guard norm > 0 else { return }
        Kernel.variant.soft_move(rows.pointer, Float(excess / norm), Self.lowest, highest, stride)
        constant = Kernel.variant.soft_settle(rows.pointer, stride)
    }
}
