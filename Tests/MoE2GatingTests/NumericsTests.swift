import Testing

@testable import MoE2Gating

@Suite struct NumericsTests {
    @Test func generatesThePublishedSequence() {
        var random = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ]
        )
    }

    @Test func computesThePublishedCheckValue() {
        #expect(CRC64.checksum(Array("123456789".utf8)) == 0x995d_c9bb_df19_39fa)
    }

    @Test(arguments: [UInt64](1...10)) func solvesPositiveDefiniteSystems(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let order = Int.random(in: 1...12, using: &random)
        let root = (0..<(order * order)).map { _ in SyntheticSet.gaussian(&random) }
        var matrix = [Double](repeating: 0, count: order * order)
        for i in 0..<order {
            for j in 0..<order {
                for k in 0..<order { matrix[i * order + j] += root[i * order + k] * root[j * order + k] }
            }
            matrix[i * order + i] += 0.1
        }
        let expected = (0..<order).map { _ in SyntheticSet.gaussian(&random) }
        let right = (0..<order).map { i in (0..<order).reduce(0) { $0 + matrix[i * order + $1] * expected[$1] } }
        let found = Cholesky(matrix, order: order).solve(right)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-7 * Double(order) }, "seed \(seed)")
    }

    @Test func findsTheMinimumOfAnIllConditionedQuadratic() {
        let scales = [1.0, 10, 100, 1_000]
        let found = LBFGS(maximumIterations: 200, tolerance: 1e-15).minimise(from: [5, -3, 2, 1]) { x, gradient in
            var value = 0.0
            for i in x.indices {
                let distance = x[i] - Double(i)
                value += scales[i] * distance * distance
                gradient[i] = 2 * scales[i] * distance
            }
            return value
        }
        for i in found.indices { #expect(abs(found[i] - Double(i)) < 1e-4) }
    }

    @Test func takesTheSoftMaxOfExtremeValues() {
        var values = [-1e300, 1_000, 1_000]
        let logSum = values.withUnsafeMutableBufferPointer { softmax($0) }
        #expect(values == [0, 0.5, 0.5])
        #expect(abs(logSum - 1_000.693_147_18) < 1e-6)
        #expect(logistic(-1_000) == 0 && logistic(1_000) == 1)
    }
}
