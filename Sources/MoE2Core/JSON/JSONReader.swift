/// Reads one JSON text (RFC 8259), strictly: no comments, no trailing commas, valid UTF-8 only.
struct JSONReader {
    private let bytes: [UInt8]
    private let maximumValues: Int
    private var index = 0
    private var depth = 0
    private var values = 0

    init(_ bytes: [UInt8], maximumValues: Int) {
        self.bytes = bytes
        self.maximumValues = maximumValues
    }

    /// The whole text as one value.
    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value()
        skipSpace()
        guard index == bytes.count else { throw error("text after the end of the value") }
        return value
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private func error(_ message: String) -> JSONError { JSONError(message: message, offset: index) }

    private mutating func skipSpace() {
        while index < bytes.count,
            bytes[index] == 0x20 || bytes[index] == 0x0A || bytes[index] == 0x0D
                || bytes[index] == 0x09
        {
            index += 1
        }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        let start = index
        values += 1
        guard values <= maximumValues else { throw error("more than \(maximumValues) values") }
        let kind: JSONValue.Kind
        guard let first = current else { throw error("the text ends where a value is expected") }
        switch first {
        case UInt8(ascii: "{"): kind = .object(try object())
        case UInt8(ascii: "["): kind = .array(try array())
        case UInt8(ascii: "\""): kind = .string(try string())
        case UInt8(ascii: "t"): kind = try word("true", .bool(true))
        case UInt8(ascii: "f"): kind = try word("false", .bool(false))
        case UInt8(ascii: "n"): kind = try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): kind = .number(try number())
        default: throw error("a value cannot start like this")
        }
        return JSONValue(kind: kind, range: start..<index)
    }

    private mutating func word(_ word: StaticString, _ kind: JSONValue.Kind) throws(JSONError) -> JSONValue.Kind {
        let count = word.utf8CodeUnitCount
        let matches =
            index + count <= bytes.count
            && word.withUTF8Buffer { buffer in bytes[index..<index + count].elementsEqual(buffer) }
        guard matches else { throw error("expected '\(word)'") }
        index += count
        return kind
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        guard depth <= JSONDocument.maximumDepth else {
            throw error("nested deeper than \(JSONDocument.maximumDepth) levels")
        }
        index += 1
        skipSpace()
    }

    private mutating func object() throws(JSONError) -> [(name: String, value: JSONValue)] {
        try enter()
        defer { depth -= 1 }
        var members: [(name: String, value: JSONValue)] = []
        if try closes(UInt8(ascii: "}")) { return members }
        members.reserveCapacity(8)
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw error("expected a member's name in quotes") }
            let name = try string()
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw error("expected ':' after a member's name") }
            index += 1
            members.append((name, try value()))
            if try ends(UInt8(ascii: "}")) { return members }
        }
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        try enter()
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        if try closes(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try value())
            if try ends(UInt8(ascii: "]")) { return elements }
        }
    }

    private mutating func closes(_ bracket: UInt8) throws(JSONError) -> Bool {
        guard current == bracket else { return false }
        index += 1
        return true
    }

    /// After an element: whether the list ends here; steps over the comma otherwise.
    private mutating func ends(_ bracket: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        if try closes(bracket) { return true }
        guard current == UInt8(ascii: ",") else { throw error("expected ',' or the closing bracket") }
        index += 1
        return false
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> Double {
        let start = index
        if current == UInt8(ascii: "-") { index += 1 }
        let first = current
        try digits()
        if first == UInt8(ascii: "0"), bytes[start..<index].drop(while: { $0 == UInt8(ascii: "-") }).count > 1 {
            throw error("a number must not start with 0")
        }
        if current == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            index += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
        if index - start <= 15, let whole = smallWhole(start..<index) { return whole }
        guard let number = Double(String(decoding: bytes[start..<index], as: UTF8.self)), number.isFinite else {
            throw error("a number out of range")
        }
        return number
    }

    /// Numbers of at most 15 digits and nothing else are exact without a conversion through text.
    private func smallWhole(_ range: Range<Int>) -> Double? {
        var sum = 0
        for byte in bytes[range] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            sum = sum * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return Double(sum)
    }

    private mutating func digits() throws(JSONError) {
        let start = index
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard index > start else { throw error("expected a digit") }
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        index += 1
        let start = index
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { index += 1 }
        if current == UInt8(ascii: "\"") {
            defer { index += 1 }
            return try text(bytes[start..<index])
        }
        var unescaped = Array(bytes[start..<index])
        while true {
            guard let byte = current else { throw error("the text ends inside a string") }
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(unescaped[...])
            case UInt8(ascii: "\\"): try escape(into: &unescaped)
            case ..<0x20: throw error("a control character inside a string; write it as an escape")
            default: unescaped.append(byte)
            }
        }
    }

    private func text(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw error("a string that is not UTF-8") }
        return text
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        guard let byte = current else { throw error("the text ends inside a string") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try scalar()).utf8)
        default: throw error("an escape that JSON does not know")
        }
    }

    /// A `\u` escape, or the two of a surrogate pair.
    private mutating func scalar() throws(JSONError) -> Character {
        let unit = try hex()
        var code = UInt32(unit)
        if (0xD800...0xDBFF).contains(unit) {
            guard current == UInt8(ascii: "\\"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "u") else {
                throw error("half a surrogate pair")
            }
            index += 2
            let low = try hex()
            guard (0xDC00...0xDFFF).contains(low) else { throw error("half a surrogate pair") }
            code = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
        return Character(scalar)
    }

    private mutating func hex() throws(JSONError) -> UInt16 {
        guard index + 4 <= bytes.count,
            let unit = UInt16(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
            bytes[index] != UInt8(ascii: "+"), bytes[index] != UInt8(ascii: "-")
        else { throw error("expected four hexadecimal digits") }
        index += 4
        return unit
    }
}
