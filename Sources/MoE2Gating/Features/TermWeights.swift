/// Inverse document frequencies learned from the calibration prompts: ln((1 + n) / (1 + df)) + 1 for each feature.
public struct TermWeights: Sendable, Equatable {
    /// One weight per feature.
    public let weights: [Float]

    /// Stored weights.
    public init(weights: [Float]) {
        self.weights = weights
    }

    /// Weights from the features of the calibration prompts.
    public init(documents: [SparseVector], dimension: Int) {
        var frequency = [Int](repeating: 0, count: dimension)
        for document in documents {
            for index in document.indices { frequency[Int(index)] += 1 }
        }
        let count = Double(documents.count)
        weights = frequency.map { Float(naturalLog((1 + count) / (1 + Double($0))) + 1) }
    }

    /// `raw` weighted and scaled to length 1. Features outside the learned dimension are dropped.
    public func apply(_ raw: SparseVector) -> SparseVector {
        var result = SparseVector()
        result.indices.reserveCapacity(raw.indices.count)
        result.values.reserveCapacity(raw.indices.count)
        for (index, value) in zip(raw.indices, raw.values) where index >= 0 && Int(index) < weights.count {
            result.indices.append(index)
            result.values.append(value * weights[Int(index)])
        }
        return result.normalised
    }
}
