import CMoE2Kernels
import Foundation
import MoE2Testing
import Testing

@testable import MoE2Selection

/// The passes over scores: every variant that this machine can run gives what the portable one gives, to the bit, and that is right.
@Suite struct KernelTests {
    private let variants: [moe2_kernels]

    init() {
        var variants: [moe2_kernels] = []
        while let next = moe2_kernels_variant(Int32(variants.count)) { variants.append(next.pointee) }
        self.variants = variants
    }

    private static func name(_ variant: moe2_kernels) -> String { String(cString: variant.name) }

    /// Row counts around the sizes of blocks and vectors.
    private static let sizes = [32, 64, 96, 416, 4096, 4128, 8192, 8224, 12_320]

    @Test("Variants agree on 16-bit and 32-bit columns, and with plain loops", arguments: UInt64(1)...6)
    func columns(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for rows in Self.sizes {
            let input = ColumnInput(rows: rows, &random)
            let expected = input.plain()
            for variant in variants {
                #expect(input.run(variant) == expected, "seed \(seed), \(rows) rows, \(Self.name(variant))")
            }
        }
    }

    @Test("Variants agree on scores", arguments: UInt64(1)...6)
    func scores(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for rows in [0, 1, 7, 8, 9, 33, 1001] {
            let input = ScoreInput(rows: rows, &random)
            let expected = input.run(variants[0])
            for variant in variants.dropFirst() {
                #expect(input.run(variant) == expected, "seed \(seed), \(rows) rows, \(Self.name(variant))")
            }
        }
    }

    @Test("Variants agree on the passes of T > 0", arguments: UInt64(1)...6)
    func soft(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for rows in [32, 96, 128, 4096] {
            let input = SoftInput(rows: rows, &random)
            let expected = input.run(variants[0])
            for variant in variants.dropFirst() {
                #expect(input.run(variant) == expected, "seed \(seed), \(rows) rows, \(Self.name(variant))")
            }
        }
    }

    @Test("Exponentials and logarithms are as exact as is said")
    func functions() {
        var random = SeededGenerator(seed: 3)
        let rows = 4096
        let exponents = (0..<rows).map { $0 == 0 ? -85 : $0 == 1 ? 0 : -85 + 86 * random.uniform() }
        let zeros = [Double](repeating: 0, count: rows)
        for variant in variants {
            var results = [Float](repeating: 0, count: rows)
            variant.exponentials(&results, exponents, zeros, 1, -85, rows)
            for row in 0..<rows {
                #expect(abs(Double(results[row]) / exp(exponents[row]) - 1) <= 3e-7, "exp(\(exponents[row]))")
            }
            // One row with a weight at a time: its logarithm alone.
            for row in stride(from: 0, to: rows, by: 37) {
                var weights = [Float](repeating: 0, count: 32)
                weights[row % 32] = 1
                let value = Double(results[row])
                let sums = [Float](repeating: results[row], count: 32)
                let found = variant.soft_logarithms(sums, weights, 32)
                #expect(abs(found - log(value)) <= 3e-7 * max(1, abs(log(value))), "log(\(value))")
            }
        }
    }

    @Test("Levels and their inverses fit each other", arguments: UInt64(1)...4)
    func settles(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<8 {
            let input = SoftInput(rows: 512, &random)
            for variant in variants {
                let errors = input.settleErrors(variant)
                #expect(errors.inverse <= 3e-7 && errors.constant <= 3e-7, "seed \(seed), \(errors)")
            }
        }
    }

    @Test("φ is never below its definition, beyond 1 too")
    func bounds() {
        var random = SeededGenerator(seed: 4)
        for team in [1, 2, 3, 9] {
            for _ in 0..<400 {
                let exponent = -10 + 12 * random.uniform()
                let share = random.uniform() / Double(team)
                var input = SoftInput(rows: 32, &random)
                input.team = Float(team)
                input.column = [Float](repeating: Float(exp(exponent)), count: 32)
                input.inverse = [Float](repeating: 1, count: 32)
                input.share = [Float](repeating: Float(share), count: 32)
                input.weight = [1] + [Float](repeating: 0, count: 31)
                let (z, b) = (Double(input.column[0]), Double(input.share[0]))
                let beyond = min(z - b, log(z + Double(team - 1) * b) + 1 - Double(team) * b)
                let exact = z <= 1 ? max(0, z - b) : beyond
                for variant in variants {
                    let found = input.bound(variant)
                    #expect(found >= exact - 1e-6 && found <= exact + 2e-3, "z \(z), b \(b), k \(team)")
                }
            }
        }
    }

    @Test("Right-or-wrong rows are merged as their definition says", arguments: UInt64(1)...20)
    func merges(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let input = BitInput(rows: 1 + random.below(300), &random)
        for variant in variants { #expect(input.faults(variant).isEmpty, "seed \(seed), \(Self.name(variant))") }
    }
}
