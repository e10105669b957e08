/// Routes to the expert that did best on the most similar training prompts: a common, strong baseline.
public struct NeighbourRouter: Sendable, Equatable {
    /// Neighbours that vote, chosen on held-out prompts.
    public let neighbours: Int
    /// Features of the training prompts, cut to the `maximumTerms` largest.
    public let documents: [SparseVector]
    /// Quality `[prompt][expert]`, 0 to 255 for 0 to 1.
    public let qualities: [UInt8]
    /// The number of experts.
    public let experts: Int

    /// Features kept per training prompt.
    public static let maximumTerms = 48

    /// A stored router.
    public init(neighbours: Int, documents: [SparseVector], qualities: [UInt8], experts: Int) {
        self.neighbours = neighbours
        self.documents = documents
        self.qualities = qualities
        self.experts = experts
    }

    /// Mean quality of every expert on the nearest training prompts to `features` (length 1).
    public func predict(_ features: SparseVector) -> [Double] { predict(features, neighbours: neighbours) }

    func predict(_ features: SparseVector, neighbours: Int) -> [Double] {
        let nearest = nearest(features, count: neighbours)
        var sums = [Double](repeating: 0, count: experts)
        for document in nearest {
            for expert in 0..<experts { sums[expert] += Double(qualities[document * experts + expert]) / 255 }
        }
        return sums.map { $0 / Double(max(nearest.count, 1)) }
    }

    /// Numbers of the `count` most similar documents, most similar first; equal similarities by number.
    func nearest(_ features: SparseVector, count: Int) -> [Int] {
        var dense = [Float](repeating: 0, count: Int(features.indices.last ?? -1) + 1)
        for (index, value) in zip(features.indices, features.values) { dense[Int(index)] = value }
        let similarities = documents.map { document in
            var sum: Float = 0
            for (index, value) in zip(document.indices, document.values) where Int(index) < dense.count {
                sum += value * dense[Int(index)]
            }
            return sum
        }
        let ranked = similarities.indices.sorted {
            similarities[$0] != similarities[$1] ? similarities[$0] > similarities[$1] : $0 < $1
        }
        return Array(ranked.prefix(count))
    }

    /// The `maximumTerms` largest entries of `vector`, scaled to length 1.
    static func cut(_ vector: SparseVector) -> SparseVector {
        guard vector.indices.count > maximumTerms else { return vector.normalised }
        let largest = vector.values.indices.sorted { vector.values[$0] > vector.values[$1] }.prefix(maximumTerms)
            .sorted()
        return SparseVector(indices: largest.map { vector.indices[$0] }, values: largest.map { vector.values[$0] })
            .normalised
    }
}
