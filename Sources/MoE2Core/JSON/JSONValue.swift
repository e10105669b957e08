/// A JSON value with the place it was read from, so that parts can be passed on byte for byte.
public struct JSONValue: Sendable {
    /// What the value is.
    public enum Kind: Sendable {
        case null
        case bool(Bool)
        case number(Double)
        case string(String)
        case array([JSONValue])
        case object([(name: String, value: JSONValue)])
    }

    public var kind: Kind
    /// Where it stands in the document.
    public var range: Range<Int>

    /// The member called `name`; the last one when there are several, as most readers do.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = kind else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// Whether it is null.
    public var isNull: Bool {
        if case .null = kind { true } else { false }
    }

    /// What it is, in the words of JSON.
    public var typeName: String {
        switch kind {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
