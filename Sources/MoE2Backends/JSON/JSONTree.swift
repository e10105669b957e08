import FoundationEssentials

/// A JSON value of any shape, for what is passed through without being understood.
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
        guard let value = try? JSONDecoder().decode(JSONTree.self, from: Data(text.utf8)) else { return nil }
        self = value
    }

    /// The members, when this is an object.
    var members: [String: JSONTree]? {
        if case .object(let members) = self { members } else { nil }
    }
}

extension JSONTree: Decodable {
    init(from decoder: any Decoder) throws {
        if let keyed = try? decoder.container(keyedBy: AnyKey.self) {
            var members: [String: JSONTree] = [:]
            for key in keyed.allKeys { members[key.stringValue] = try keyed.decode(JSONTree.self, forKey: key) }
            self = .object(members)
            return
        }
        if var items = try? decoder.unkeyedContainer() {
            var values: [JSONTree] = []
            while !items.isAtEnd { values.append(try items.decode(JSONTree.self)) }
            self = .array(values)
            return
        }
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            self = .null
        } else if let text = try? single.decode(String.self) {
            self = .string(text)
        } else if let truth = try? single.decode(Bool.self) {
            self = .bool(truth)
        } else if let integer = try? single.decode(Int64.self) {
            self = .integer(integer)
        } else {
            self = .number(try single.decode(Double.self))
        }
    }
}

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
}
