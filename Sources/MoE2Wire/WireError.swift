/// A message that is not what the protocol allows: its sender loses the connection, nobody else anything.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and with which field.
    public var message: String

    /// An error that says `message`.
    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
