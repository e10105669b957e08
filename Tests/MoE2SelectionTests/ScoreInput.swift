import CMoE2Kernels
import MoE2Testing

/// Random scores and steps of 16-bit columns, and what the kernels make of them.
struct ScoreInput {
    private let rows: Int
    private let column: [Double]
    private let lowest: [Double]
    private let scale: [Double]
    private let steps: SubgradientInput

    init(rows: Int, _ random: inout SeededGenerator) {
        self.rows = rows
        lowest = (0..<rows).map { _ in 4 * random.uniform() - 2 }
        column = lowest.map { random.below(9) == 0 ? $0 - 1 : $0 + random.uniform() * Double(random.below(2)) }
        scale = (0..<rows).map { _ in random.uniform() * 0x1p31 }
        steps = SubgradientInput(rows: (rows + 31) / 32 * 32, &random)
    }

    func run(_ kernels: moe2_kernels) -> [UInt64] {
        var (low, high) = (lowest, lowest)
        kernels.widen(&low, &high, column, rows)
        var results = (low + high).map(\.bitPattern)
        kernels.raise_scores(&low, column, rows)
        results += low.map(\.bitPattern)
        kernels.sort_scores(&high, &low, rows)
        results += (low + high).map(\.bitPattern)
        results.append(kernels.is_two_valued(column, lowest, column, rows) ? 1 : 0)
        results.append(kernels.is_two_valued(column, lowest, lowest, rows) ? 1 : 0)
        var fine = [UInt32](repeating: 0, count: rows)
        kernels.convert_fine(&fine, column, lowest, scale, rows)
        results += fine.map(UInt64.init)
        var (coarse, loss) = ([UInt16](repeating: 0, count: rows), [UInt16](repeating: 7, count: rows))
        kernels.convert(&coarse, &loss, column, lowest, scale, rows)
        results += (coarse + loss).map(UInt64.init)
        kernels.convert_grid(&coarse, column, lowest, scale.map { $0 * 0x1p-24 }, 5, rows)
        results += coarse.map(UInt64.init)
        var exponentials = [Float](repeating: 0, count: rows)
        kernels.exponentials(&exponentials, column, lowest, 0.3, -85, rows)
        return results + exponentials.map { UInt64($0.bitPattern) } + steps.run(kernels)
    }
}
