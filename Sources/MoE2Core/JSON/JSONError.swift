/// Why a text is no JSON.
public struct JSONError: Error, Hashable, Sendable {
    /// What is wrong.
    public var message: String
    /// Where, in bytes from the start.
    public var offset: Int

    /// An error at `offset`.
    public init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }
}
