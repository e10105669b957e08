/// A file that cannot be read, or holds something that the program cannot use.
public struct DataError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. New kinds may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable name, as written in logs.
        public let description: String

        /// The file cannot be opened, read or written.
        public static let unreadable = Code(description: "unreadable")
        /// The file is larger than the program accepts.
        public static let tooLarge = Code(description: "too_large")
        /// A line or a field is not what the format says.
        public static let malformed = Code(description: "malformed")
    }

    /// The kind of failure.
    public let code: Code
    /// The cause and the cure, for a person.
    public let message: String
    /// What the system said, if it said anything.
    public let underlying: (any Error)?

    /// An error of kind `code`; `message` names the cause and the cure.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    public var description: String { "\(code): \(message)" }
}
