/// What a test waited for did not happen in time.
struct NeverHappened: Error, CustomStringConvertible {
    let what: String
    var description: String { "never: \(what)" }
}
