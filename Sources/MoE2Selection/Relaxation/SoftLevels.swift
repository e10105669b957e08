#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A table of levels c with log c and 1/c, so that moving a row's level costs no logarithm.
final class SoftLevels {
    private let resolution: Float
    private let inverses: Buffer<Float>
    private let logarithms: Buffer<Double>

    init(resolution: Double, highest: Double) {
        self.resolution = Float(resolution)
        let lowest = SoftScores.lowestExponent
        let count = Int((highest - lowest) * resolution) + 2
        inverses = Buffer(count, 1)
        logarithms = Buffer(count, 0)
        for index in 0..<count {
            let inverse = Float(exp(-(lowest + Double(index) / resolution)))
            inverses.pointer[index] = inverse
            // Of the rounded inverse: the bound must hold for the number that is used.
            logarithms.pointer[index] = -log(Double(inverse))
        }
    }

    func index(of position: Float) -> Int {
        let index = (position - Float(SoftScores.lowestExponent)) * resolution + 0.5
        return index > 0 ? min(Int(min(index, 1e6)), inverses.count - 1) : 0
    }

    func position(_ index: Int) -> Float { Float(SoftScores.lowestExponent) + Float(index) / resolution }

    func inverse(_ index: Int) -> Float { inverses.pointer[index] }

    func logarithm(_ index: Int) -> Double { logarithms.pointer[index] }
}
