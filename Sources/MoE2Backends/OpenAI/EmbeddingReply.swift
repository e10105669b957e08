import MoE2Core

/// A reply of `/v1/embeddings` to one text.
struct EmbeddingReply {
    /// The embedding; empty when there is none.
    var embedding: [Float] = []
    var usage: TokenUsage?

    /// What `document` says.
    /// - Throws: ``JSONError`` when it is no such reply.
    init(_ document: JSONDocument) throws(JSONError) {
        guard let items = try document.root.elements("data") else { throw document.root.isNot("a list of embeddings") }
        usage = try TokenUsage(of: document.root)
        guard let first = items.first else { return }
        for element in try first.elements("embedding") ?? [] {
            guard case .number(let number) = element.kind else { throw element.isNot("a number") }
            embedding.append(Float(number))
        }
    }
}
