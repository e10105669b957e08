import MoE2Core

/// The members of a request's JSON object, read with errors that name the parameter. `null` reads as absent.
struct BodyReader: Sendable {
    let document: JSONDocument
    private let object: JSONValue
    /// What stands before the names in errors, such as `moe2.`.
    private let prefix: String

    /// Reads a request's body.
    init(_ bytes: [UInt8]) throws(APIError) {
        do {
            document = try JSONDocument(bytes)
        } catch {
            throw .invalid(nil, "the body is no JSON: \(error.message) at byte \(error.offset)", code: "invalid_json")
        }
        object = document.root
        prefix = ""
        guard case .object = object.kind else {
            throw .invalid(nil, "the body must be a JSON object, not \(object.typeName)")
        }
    }

    private init(_ document: JSONDocument, _ object: JSONValue, prefix: String) {
        self.document = document
        self.object = object
        self.prefix = prefix
    }

    /// The names of the members that are not null.
    var names: [String] {
        guard case .object(let members) = object.kind else { return [] }
        return members.filter { !$0.value.isNull }.map(\.name)
    }

    /// The value of `name`; nil when it is absent or null.
    func value(_ name: String) -> JSONValue? {
        object[name].flatMap { $0.isNull ? nil : $0 }
    }

    /// The text of `name` as it came.
    func json(_ name: String) -> String? { value(name).map(document.text(of:)) }

    func string(_ name: String) throws(APIError) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value.kind else { throw wrong(name, value, "a string") }
        return text
    }

    func bool(_ name: String) throws(APIError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let flag) = value.kind else { throw wrong(name, value, "a boolean") }
        return flag
    }

    func number(_ name: String, _ range: ClosedRange<Double>) throws(APIError) -> Double? {
        guard let value = value(name) else { return nil }
        guard case .number(let number) = value.kind else { throw wrong(name, value, "a number") }
        guard range.contains(number) else {
            throw .invalid(prefix + name, "'\(prefix)\(name)' must be \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func integer(_ name: String, _ range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = value(name) else { return nil }
        guard case .number(let number) = value.kind, let whole = Int(exactly: number) else {
            throw wrong(name, value, "a whole number")
        }
        guard range.contains(whole) else {
            throw .invalid(prefix + name, "'\(prefix)\(name)' must be \(range.lowerBound) to \(range.upperBound)")
        }
        return whole
    }

    /// A whole number of 64 bits, exact beyond what a floating-point number holds.
    func integer64(_ name: String) throws(APIError) -> Int64? {
        guard let value = value(name) else { return nil }
        guard case .number = value.kind, let whole = Int64(document.text(of: value)) else {
            throw wrong(name, value, "a whole number of 64 bits")
        }
        return whole
    }

    /// One string or several.
    func strings(_ name: String, atMost limit: Int) throws(APIError) -> [String]? {
        guard let value = value(name) else { return nil }
        if case .string(let text) = value.kind { return [text] }
        guard case .array(let elements) = value.kind else {
            throw wrong(name, value, "a string or an array of strings")
        }
        guard elements.count <= limit else {
            throw .invalid(
                prefix + name,
                "'\(prefix)\(name)' has \(elements.count) elements; at most \(limit) are allowed"
            )
        }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element.kind else {
                throw .invalid(prefix + name, "'\(prefix)\(name)' must hold strings, not \(element.typeName)")
            }
            texts.append(text)
        }
        return texts
    }

    /// A nested object.
    func object(_ name: String) throws(APIError) -> BodyReader? {
        guard let value = value(name) else { return nil }
        guard case .object = value.kind else { throw wrong(name, value, "an object") }
        return BodyReader(document, value, prefix: prefix + name + ".")
    }

    /// The elements of an array of objects.
    func objects(_ name: String) throws(APIError) -> [BodyReader]? {
        guard let value = value(name) else { return nil }
        guard case .array(let elements) = value.kind else { throw wrong(name, value, "an array") }
        var readers: [BodyReader] = []
        for (index, element) in elements.enumerated() {
            guard case .object = element.kind else { throw wrong("\(name)[\(index)]", element, "an object") }
            readers.append(BodyReader(document, element, prefix: "\(prefix)\(name)[\(index)]."))
        }
        return readers
    }

    /// The error of a member that is not what it must be.
    func wrong(_ name: String, _ value: JSONValue, _ expected: String) -> APIError {
        .invalid(prefix + name, "'\(prefix)\(name)' must be \(expected), not \(value.typeName)", code: "invalid_type")
    }

    /// The error of a member that must be there.
    func missing(_ name: String) -> APIError {
        .invalid(prefix + name, "'\(prefix)\(name)' is missing", code: "missing_required_parameter")
    }

    /// The members called `names` as one JSON object, as they came; empty when there is none.
    func passedOn(_ names: Set<String>) -> String {
        guard case .object(let members) = object.kind else { return "" }
        let chosen = members.filter { names.contains($0.name) && !$0.value.isNull }
        guard !chosen.isEmpty else { return "" }
        let text = JSONWriter.object { writer in
            for (name, value) in chosen {
                writer.name(name)
                writer.value(json: document.text(of: value))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
