import CMoE2Kernels
import MoE2Testing

/// Random multipliers of the T = 0 bound, on and between the ends of their ranges, and a step of theirs.
struct SubgradientInput {
    private let rows: Int
    private let hits: [UInt16]
    private let maximum: [UInt16]
    private let position: [Float]
    private let direction: [Float]

    init(rows: Int, _ random: inout SeededGenerator) {
        self.rows = rows
        hits = (0..<rows).map { _ in UInt16(random.below(700)) }
        let maximum = (0..<rows).map { _ in UInt16(random.below(random.pick([1, 65536]))) }
        self.maximum = maximum
        position = maximum.map { Float($0) * Float(random.pick([0, 1, random.uniform()])) }
        direction = (0..<rows).map { _ in Float(2 * random.uniform() - 1) }
    }

    func run(_ kernels: moe2_kernels) -> [UInt64] {
        var (turned, moved, level) = (direction, position, [UInt16](repeating: 0, count: rows))
        let norm = kernels.turn(&turned, hits, 1 / 256, position, maximum, rows)
        kernels.move(&moved, &level, turned, 1234.5, maximum, rows)
        return [UInt64(norm.bitPattern)] + (turned + moved).map { UInt64($0.bitPattern) } + level.map(UInt64.init)
    }
}
