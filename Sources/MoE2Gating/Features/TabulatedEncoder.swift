/// Features that were computed elsewhere, such as dense embeddings fetched from a server before training.
public struct TabulatedEncoder: PromptEncoder {
    public let identity: String
    public let dimension: Int
    private let vectors: [String: SparseVector]

    /// An encoder that knows the texts of `embeddings`. Embeddings are scaled to length 1.
    ///
    /// - Throws: `GatingError` when there are none, their lengths differ, or one holds a number that is not finite.
    public init(identity: String, embeddings: [String: [Float]]) throws(GatingError) {
        guard let dimension = embeddings.values.first?.count, dimension > 0 else {
            throw GatingError(.badInput, "'\(identity)' gave no embeddings: check the server and the model's name")
        }
        var vectors: [String: SparseVector] = [:]
        for (text, values) in embeddings {
            guard values.count == dimension, values.allSatisfy(\.isFinite) else {
                throw GatingError(
                    .badInput,
                    "'\(identity)' gave an embedding of \(values.count) numbers, \(dimension) finite ones are needed"
                )
            }
            vectors[text] = SparseVector(indices: Array(0..<Int32(dimension)), values: values).normalised
        }
        self.identity = identity
        self.dimension = dimension
        self.vectors = vectors
    }

    /// The features of `text`; none if it is not in the table, which the gate takes as a prompt that tells it nothing.
    public func encode(_ text: String) -> SparseVector { vectors[text] ?? SparseVector() }
}
