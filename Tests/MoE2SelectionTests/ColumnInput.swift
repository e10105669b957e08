import CMoE2Kernels
import MoE2Testing

/// Random columns of whole numbers, and what the kernels make of them.
struct ColumnInput {
    private let rows: Int
    private let column: [UInt16]
    private let level: [UInt16]
    private let mask: [UInt16]
    private let fine: [UInt32]
    private let weight: UInt16
    private let bit: UInt16

    init(rows: Int, _ random: inout SeededGenerator) {
        self.rows = rows
        // The largest sums that there are, levels that nothing is above, and everything between.
        let range = random.pick([2, 300, 65536])
        let isFull = random.below(3) == 0
        column = (0..<rows).map { _ in isFull ? .max : UInt16(random.below(range)) }
        level = (0..<rows).map { _ in isFull ? 0 : UInt16(random.below(range)) }
        mask = (0..<rows).map { _ in random.below(2) == 0 ? 0 : .max }
        fine = (0..<rows).map { _ in UInt32(truncatingIfNeeded: random.next()) }
        weight = UInt16(random.below(65536))
        bit = 1 << UInt16(random.below(16))
    }

    /// The results of all passes over whole numbers, one after another.
    func run(_ kernels: moe2_kernels) -> [UInt64] {
        var results = [kernels.excess(column, level, rows), kernels.masked_excess(column, level, mask, rows)]
        results += [kernels.sum(column, rows), kernels.sum_fine(fine, rows)]
        results += [kernels.is_covered(column, level, rows) ? 1 : 0, kernels.is_covered(column, column, rows) ? 1 : 0]
        var target = level
        kernels.raise(&target, column, rows)
        results += target.map(UInt64.init)
        var second = mask
        kernels.raise_two(&target, &second, level, rows)
        kernels.raise_two(&target, &second, mask, rows)
        results += (target + second).map(UInt64.init)
        target = mask
        kernels.count(&target, column, level, weight, rows)
        results += target.map(UInt64.init)
        kernels.lower(&target, column, level, rows)
        results += target.map(UInt64.init)
        kernels.select(&target, column, level, bit, rows)
        results += target.map(UInt64.init)
        var largest = fine.reversed() as [UInt32]
        kernels.raise_fine(&largest, fine, rows)
        return results + largest.map(UInt64.init)
    }

    /// What the definitions say.
    func plain() -> [UInt64] {
        let excess = zip(column, level).map { $0 > $1 ? UInt64($0 - $1) : 0 }
        var results = [excess.reduce(0, +), zip(excess, mask).reduce(0) { $0 + ($1.1 == 0 ? 0 : $1.0) }]
        results += [column.reduce(0) { $0 + UInt64($1) }, fine.reduce(0) { $0 + UInt64($1) }]
        results += [excess.allSatisfy { $0 == 0 } ? 1 : 0, 1]
        results += zip(column, level).map { UInt64(max($0, $1)) }
        let two = column.indices.map { row in
            // The target holds the larger of column and level, and gets the level again and the mask; the second starts with the mask.
            [max(column[row], level[row]), mask[row], level[row], mask[row]].sorted(by: >)
        }
        results += (two.map { $0[0] } + two.map { $0[1] }).map(UInt64.init)
        results += zip(mask, excess).map { UInt64($1 > 0 ? $0 &+ weight : $0) }
        results += excess
        results += zip(column, level).map { $1 & bit != 0 ? UInt64($0) : 0 }
        return results + zip(fine, fine.reversed()).map { UInt64(max($0, $1)) }
    }
}
