/// A meter that is not there or does not answer.
public struct EnergyError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. New kinds may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable name, as written in logs.
        public let description: String

        /// This host has no such sensor or library.
        public static let absent = Code(description: "absent")
        /// The sensor is there, but this user may not read it.
        public static let forbidden = Code(description: "forbidden")
        /// The sensor gave no figure, or one that cannot be.
        public static let failed = Code(description: "failed")
        /// The configuration does not say what the meter needs.
        public static let configuration = Code(description: "configuration")
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
