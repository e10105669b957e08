/// What is wrong with a configuration, in one line for people: the cause, where it is, and the cure.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of mistake it is.
    public enum Code: Hashable, Sendable {
        /// The file cannot be read.
        case unreadable
        /// The text is no valid YAML.
        case syntax
        /// A key that nothing knows.
        case unknownKey
        /// A key that is needed and not there.
        case missingKey
        /// A value of the wrong type, or outside what is allowed.
        case invalidValue
    }

    /// What kind of mistake it is.
    public var code: Code
    /// The cause and the cure, with the file and the line where they are known.
    public var message: String

    /// An error of kind `code` with a message that names the cause and the cure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
