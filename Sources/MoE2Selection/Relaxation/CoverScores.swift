/// The scores of a T = 0 problem as weighted gains over each prompt's worst expert: 31 bits for exact values, 16 for bounds.
///
/// One column an expert, contiguous, padded with zeros to whole vectors.
final class CoverScores {
    /// Fine steps in a coarse one.
    static let ratio = 32768.0

    let rows: Int
    /// Rows with padding.
    let stride: Int
    let columns: Int
    let fine: Buffer<UInt32>
    let coarse: Buffer<UInt16>
    /// Quality per coarse step.
    let unit: Double
    /// Every coarse value is a multiple of this and equals its fine value; 0 when it is only rounded.
    let grain: Int
    /// What a coarse value of a set may fall short of its fine one by, in coarse steps.
    let slack: Double

    init(_ model: Model, mayBeGrid: Bool = true) {
        let problem = model.problem
        rows = problem.scores.prompts
        columns = model.count
        stride = (rows + 31) / 32 * 32
        fine = Buffer(stride * columns, 0)
        coarse = Buffer(stride * columns, 0)
        let (lowest, largest) = Self.extremes(model)
        let grid = mayBeGrid ? Self.grid(model, lowest, largest) : nil
        let steps = grid.map { Double($0.steps) } ?? 65535
        grain = grid.map { _ in Self.grain(steps: Int(steps)) } ?? 0
        let coarseSteps = grid == nil ? 65535 : steps * Double(grain)
        unit = largest > 0 ? largest / coarseSteps : 1
        let scale = largest > 0 ? coarseSteps * Self.ratio / largest : 0
        Self.fill(fine, model, lowest, scale: scale, stride: stride)
        if grain > 0 { Self.snap(fine, to: UInt32(grain) * UInt32(Self.ratio)) }
        slack = Self.round(fine, coarse, stride: stride, columns: columns) / Self.ratio
    }

    /// The coarse column of `position`.
    func column(_ position: Int) -> UnsafeMutablePointer<UInt16> { coarse.pointer + position * stride }

    /// The exact value of `set` in coarse steps.
    func exactValue(_ set: ExpertSet) -> Double {
        let members = set.members
        guard let first = members.first else { return 0 }
        let fine = fine.pointer
        var sum: UInt64 = 0
        let block = 512
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: block) { best in
            guard let best = best.baseAddress else { return }
            for start in Swift.stride(from: 0, to: stride, by: block) {
                let length = min(block, stride - start)
                best.update(from: fine + first * stride + start, count: length)
                for member in members.dropFirst() {
                    let column = fine + member * stride + start
                    for row in 0..<length { best[row] = best[row] > column[row] ? best[row] : column[row] }
                }
                for row in 0..<length { sum &+= UInt64(best[row]) }
            }
        }
        return Double(sum) / Self.ratio
    }

    /// The worst score of every prompt, and the largest weighted gain over it.
    private static func extremes(_ model: Model) -> (lowest: [Double], largest: Double) {
        let problem = model.problem
        let width = problem.scores.experts
        let whole = model.count == width ? width / 4 * 4 : 0
        let rest = model.count == width ? Array(whole..<width) : model.experts
        var lowest = [Double](repeating: 0, count: problem.scores.prompts)
        var largest = 0.0
        problem.scores.values.withUnsafeBytes { bytes in
            for row in lowest.indices {
                var least = SIMD4<Double>(repeating: .infinity)
                var most = SIMD4<Double>(repeating: -.infinity)
                let start = row * width * 8
                for column in Swift.stride(from: 0, to: whole, by: 4) {
                    let part = bytes.loadUnaligned(fromByteOffset: start + column * 8, as: SIMD4<Double>.self)
                    least = pointwiseMin(least, part)
                    most = pointwiseMax(most, part)
                }
                var (bottom, top) = (least.min(), most.max())
                for column in rest {
                    let value = bytes.loadUnaligned(fromByteOffset: start + column * 8, as: Double.self)
                    bottom = min(bottom, value)
                    top = max(top, value)
                }
                lowest[row] = bottom
                largest = max(largest, (top - bottom) * problem.weights[row])
            }
        }
        return (lowest, largest)
    }

    /// Whether all gains are multiples of one number with few steps, as with scores that are right or wrong.
    private static func grid(_ model: Model, _ lowest: [Double], _ largest: Double) -> (step: Double, steps: Int)? {
        guard largest > 0 else { return (1, 1) }
        let problem = model.problem
        let width = problem.scores.experts
        var smallest = largest
        func forEachGain(_ body: (Double) -> Bool) -> Bool {
            problem.scores.values.withUnsafeBufferPointer { values in
                for row in lowest.indices {
                    for column in model.experts {
                        let gain = (values[row * width + column] - lowest[row]) * problem.weights[row]
                        if gain > 0, !body(gain) { return false }
                    }
                }
                return true
            }
        }
        // Real-valued scores show within a few rows that they are on no coarse grid.
        let isCoarse = forEachGain { gain in
            smallest = min(smallest, gain)
            return largest / smallest <= 1024
        }
        guard isCoarse else { return nil }
        for divisor in 1...6 {
            let step = smallest / Double(divisor)
            guard largest / step <= 4096 else { break }
            let isGrid = forEachGain { gain in
                let multiple = gain / step
                return abs(multiple - multiple.rounded()) <= 1e-9 * multiple
            }
            if isGrid { return (step, Int((largest / step).rounded())) }
        }
        return nil
    }

    /// Coarse steps per grid step: fine enough for the multipliers, with room for merged rows.
    private static func grain(steps: Int) -> Int { max(1, min(64, 16384 / steps)) }

    private static func fill(_ fine: Buffer<UInt32>, _ model: Model, _ lowest: [Double], scale: Double, stride: Int) {
        let problem = model.problem
        let width = problem.scores.experts
        let target = fine.pointer
        // Adding 2⁵² · 1.5 leaves the nearest integer in the low bits: a conversion that vectorises.
        let magic = 0x1.8p52
        let tile = 16
        problem.scores.values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            for start in Swift.stride(from: 0, to: lowest.count, by: tile) {
                let end = min(start + tile, lowest.count)
                for (position, expert) in model.experts.enumerated() {
                    for row in start..<end {
                        let gain = (values[row * width + expert] - lowest[row]) * problem.weights[row]
                        target[position * stride + row] = UInt32(truncatingIfNeeded: (gain * scale + magic).bitPattern)
                    }
                }
            }
        }
    }

    private static func snap(_ fine: Buffer<UInt32>, to step: UInt32) {
        for index in 0..<fine.count { fine.pointer[index] = (fine.pointer[index] &+ step / 2) / step &* step }
    }

    /// Rounds to the nearest coarse step; returns the sum over prompts of the largest loss, in fine steps.
    private static func round(
        _ fine: Buffer<UInt32>,
        _ coarse: Buffer<UInt16>,
        stride: Int,
        columns: Int
    ) -> Double {
        let losses = Buffer<UInt16>(stride, 0)
        let loss = losses.pointer
        for column in 0..<columns {
            let source = fine.pointer + column * stride
            let target = coarse.pointer + column * stride
            for row in 0..<stride {
                let rounded = (source[row] &+ 16384) >> 15
                target[row] = UInt16(truncatingIfNeeded: rounded)
                let short = Int32(truncatingIfNeeded: source[row] &- rounded << 15)
                let lost = UInt16(truncatingIfNeeded: max(short, 0))
                loss[row] = loss[row] > lost ? loss[row] : lost
            }
        }
        var sum = 0.0
        for row in 0..<stride { sum += Double(loss[row]) }
        return sum
    }
}
