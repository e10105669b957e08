public import MoE2Core

/// Vectors of texts, from one expert: vectors of two experts cannot be compared.
public struct Embedding: Sendable {
    /// Who embedded the texts.
    public var expert: ExpertID
    /// Where.
    public var host: HostID
    /// One vector a text, in their order.
    public var vectors: [[Float]]
    /// What it took.
    public var usage: Usage
}
