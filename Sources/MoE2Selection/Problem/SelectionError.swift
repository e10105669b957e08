/// Why a problem is refused.
public struct SelectionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field of the instance format that is wrong, such as `experts[3].energy_j`.
    public let field: String
    /// The cause and the cure, for a person.
    public let message: String

    /// A problem whose `field` is wrong.
    public init(field: String, _ message: String) {
        self.field = field
        self.message = message
    }

    public var description: String { "\(field): \(message)" }
}
