import MoE2Core

/// A JSON value of any shape, for what is put together here or passed through without being understood.
enum JSONTree: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])

    /// The value that `text` holds; nil when it is no JSON.
    init?(parsing text: String) {
        guard let document = try? JSONDocument(Array(text.utf8)) else { return nil }
        self.init(document.root, in: document)
    }

    /// A value of `document`. Of two members of the same name the last one counts.
    init(_ value: JSONValue, in document: JSONDocument) {
        switch value.kind {
        case .null: self = .null
        case .bool(let truth): self = .bool(truth)
        // Whole numbers may have more digits than a double has.
        case .number(let number): self = Int64(document.text(of: value)).map { .integer($0) } ?? .number(number)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .array(elements.map { JSONTree($0, in: document) })
        case .object(let members):
            self = .object(
                Dictionary(members.map { ($0.name, JSONTree($0.value, in: document)) }, uniquingKeysWith: { $1 })
            )
        }
    }

    /// The members, when this is an object.
    var members: [String: JSONTree]? {
        if case .object(let members) = self { members } else { nil }
    }
}

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
}
