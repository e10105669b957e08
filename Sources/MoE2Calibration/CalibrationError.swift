/// Why a calibration cannot go on.
public struct CalibrationError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. New kinds may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable name, as written in logs.
        public let description: String

        /// The outcomes file cannot be read or written, or holds something else.
        public static let file = Code(description: "file")
        /// Another program writes to the same outcomes file.
        public static let busy = Code(description: "busy")
        /// The prompts, the experts or the options do not fit together.
        public static let badInput = Code(description: "bad_input")
        /// The embeddings server cannot be reached or answers something else.
        public static let server = Code(description: "server")
    }

    /// The kind of failure.
    public let code: Code
    /// The cause and the cure, for a person.
    public let message: String

    /// An error of kind `code`; `message` names the cause and the cure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code): \(message)" }
}
