/// Why a text is no JSON.
struct JSONError: Error, Hashable, Sendable {
    /// What is wrong.
    var message: String
    /// Where, in bytes from the start.
    var offset: Int
}
