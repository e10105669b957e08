import MoE2Core

/// Members that have to be of a kind when they are there. One that is null counts as missing.
extension JSONValue {
    /// The values of the array `name`.
    func elements(_ name: String) throws(JSONError) -> [JSONValue]? {
        guard let value = try member(name) else { return nil }
        guard case .array(let elements) = value.kind else { throw value.isNot("an array") }
        return elements
    }

    /// The text of `name`.
    func string(_ name: String) throws(JSONError) -> String? {
        guard let value = try member(name) else { return nil }
        guard case .string(let text) = value.kind else { throw value.isNot("a string") }
        return text
    }

    /// The number `name`.
    func number(_ name: String) throws(JSONError) -> Double? {
        guard let value = try member(name) else { return nil }
        guard case .number(let number) = value.kind else { throw value.isNot("a number") }
        return number
    }

    /// The whole number `name`.
    func integer(_ name: String) throws(JSONError) -> Int? {
        guard let value = try member(name) else { return nil }
        guard case .number(let number) = value.kind, let whole = Int(exactly: number) else {
            throw value.isNot("a whole number")
        }
        return whole
    }

    /// The member `name` of what has to be an object.
    func member(_ name: String) throws(JSONError) -> JSONValue? {
        guard case .object = kind else { throw isNot("an object") }
        guard let value = self[name], !value.isNull else { return nil }
        return value
    }

    func isNot(_ expected: String) -> JSONError {
        JSONError(message: "\(typeName) where \(expected) is expected", offset: range.lowerBound)
    }
}
