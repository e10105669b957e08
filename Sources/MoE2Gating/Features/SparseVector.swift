/// A vector of which only the non-zero entries are stored, by ascending index.
public struct SparseVector: Sendable, Equatable {
    /// Positions of the entries, ascending and distinct.
    public var indices: [Int32]
    /// The entries.
    public var values: [Float]

    /// A vector with `values` at `indices`, which must be ascending and distinct.
    public init(indices: [Int32] = [], values: [Float] = []) {
        precondition(indices.count == values.count, "one value per index")
        self.indices = indices
        self.values = values
    }

    /// The vector scaled to Euclidean length 1; the zero vector stays zero.
    public var normalised: SparseVector {
        let square = values.reduce(into: 0.0) { $0 += Double($1) * Double($1) }
        guard square > 0 else { return self }
        let factor = Float(1 / square.squareRoot())
        return SparseVector(indices: indices, values: values.map { $0 * factor })
    }
}
