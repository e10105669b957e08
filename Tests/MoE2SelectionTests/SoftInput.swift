import CMoE2Kernels
import Foundation
import MoE2Testing

/// Random multipliers and exponentials of T > 0, and what the kernels make of them.
struct SoftInput {
    private let rows: Int
    var team: Float
    var column: [Float]
    var inverse: [Float]
    var share: [Float]
    var weight: [Float]
    private let position: [Float]
    private let turns: [Float]

    init(rows: Int, _ random: inout SeededGenerator) {
        self.rows = rows
        let team = Float(random.pick([1, 2, 3, 40]))
        self.team = team
        let reach = random.pick([1, 8, 85.0])
        column = (0..<rows).map { _ in Float(exp(-reach * random.uniform())) }
        inverse = (0..<rows).map { _ in Float(exp(4 * random.uniform() - 2)) }
        share = (0..<rows).map { _ in Float(random.pick([0, 1, random.uniform()])) / team }
        weight = (0..<rows).map { $0 > rows - 9 ? 0 : Float(random.uniform() * 20) }
        position = (0..<rows).map { _ in Float(-reach * random.uniform()) }
        turns = (0..<rows).map { _ in Float(2 * random.uniform() - 1) }
    }

    /// Σ weight · φ of the column alone.
    func bound(_ kernels: moe2_kernels) -> Double {
        var state = state()
        return with(&state) { kernels.soft_bound($0, column, rows) }
    }

    /// The largest relative error of 1/c = exp(−log c), and the error of Σ weight · (log c − 1 + k·b) relative to Σ weight.
    func settleErrors(_ kernels: moe2_kernels) -> (inverse: Double, constant: Double) {
        var state = state()
        let constant = with(&state) { kernels.soft_settle($0, rows) }
        var (inverse, expected, weights) = (0.0, 0.0, 0.0)
        for row in 0..<rows {
            inverse = max(inverse, abs(Double(state[2][row]) / exp(-Double(position[row])) - 1))
            let term = Double(position[row]) - 1 + Double(team) * Double(share[row])
            expected += Double(weight[row]) * term
            weights += Double(weight[row])
        }
        return (inverse, abs(constant - expected) / weights)
    }

    func run(_ kernels: moe2_kernels) -> [UInt64] {
        var state = state()
        var results = with(&state) { multipliers in
            var sums = [kernels.soft_bound(multipliers, column, rows)]
            kernels.soft_hit(multipliers, column, 0.3, rows)
            sums.append(kernels.soft_turn(multipliers, rows))
            kernels.soft_move(multipliers, 0.7, -85, 3, rows)
            sums.append(kernels.soft_settle(multipliers, rows))
            sums.append(kernels.soft_marginal(column, inverse, turns.map { abs($0) + 1e-3 }, weight, rows))
            sums.append(kernels.soft_marginal(column, nil, inverse, weight, rows))
            sums.append(kernels.soft_logarithms(column, weight, rows))
            return sums.map(\.bitPattern)
        }
        var (first, second, total) = (inverse, share, share)
        kernels.add_to_two(&first, &second, &total, column, rows)
        results += (first + second + total).map { UInt64($0.bitPattern) }
        kernels.raise_soft(&first, column, rows)
        kernels.sort_soft(&second, &total, rows)
        results += (second + total).map { UInt64($0.bitPattern) }
        return results + (first + state.flatMap { $0 }).map { UInt64($0.bitPattern) }
    }

    private func state() -> [[Float]] {
        let zeros = [Float](repeating: 0, count: rows)
        return [position, share, inverse, weight, turns, turns.reversed(), zeros, zeros]
    }

    private func with<Result>(_ state: inout [[Float]], _ body: (UnsafePointer<moe2_soft_rows>) -> Result) -> Result {
        // One block of memory, which stays where it is during the call.
        var block = state.flatMap { $0 }
        let result = block.withUnsafeMutableBufferPointer { block in
            let parts = (0..<8).map { block.baseAddress.unsafelyUnwrapped + $0 * rows }
            let multipliers = moe2_soft_rows(
                position: parts[0],
                share: parts[1],
                inverse: parts[2],
                weight: parts[3],
                level_turn: parts[4],
                share_turn: parts[5],
                level_hits: parts[6],
                share_hits: parts[7],
                team: team
            )
            return withUnsafePointer(to: multipliers, body)
        }
        state = (0..<8).map { Array(block[$0 * rows..<($0 + 1) * rows]) }
        return result
    }
}
