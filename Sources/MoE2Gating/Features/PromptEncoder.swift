/// Turns the text of a prompt into the numbers that the gate's text head sees.
///
/// The embedded default is `HashedNgrams`. Dense embeddings from a server come through the same type of vector: ask the
/// server, pass the answer to `GateModel.read(features:labels:)`, and train with the same `identity`.
public protocol PromptEncoder: Sendable {
    /// Names the encoding and its version. A gate refuses features of another identity.
    var identity: String { get }
    /// The number of features; all indices lie below it.
    var dimension: Int { get }
    /// The raw features of `text`, before any weighting learned from calibration prompts.
    func encode(_ text: String) -> SparseVector
}
