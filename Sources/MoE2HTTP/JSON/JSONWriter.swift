import MoE2Core

/// Writes JSON into a buffer of bytes. The caller keeps objects and arrays balanced by nesting closures.
struct JSONWriter: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Whether a comma is due before what comes next.
    private var needsComma = false

    init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    /// The text of one object.
    static func object(_ fill: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object(fill)
        return writer.bytes
    }

    /// The text of whatever `fill` writes.
    static func value(_ fill: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        fill(&writer)
        return writer.bytes
    }

    mutating func object(_ fill: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        fill(&self)
        close(UInt8(ascii: "}"))
    }

    mutating func object(_ name: StaticString, _ fill: (inout JSONWriter) -> Void) {
        key(name)
        object(fill)
    }

    mutating func array(_ fill: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        fill(&self)
        close(UInt8(ascii: "]"))
    }

    mutating func array(_ name: StaticString, _ fill: (inout JSONWriter) -> Void) {
        key(name)
        array(fill)
    }

    // MARK: Members

    mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        value(text)
    }

    mutating func member(_ name: StaticString, _ number: Int) {
        key(name)
        value(number)
    }

    mutating func member(_ name: StaticString, _ number: Double) {
        key(name)
        value(number)
    }

    mutating func member(_ name: StaticString, _ flag: Bool) {
        key(name)
        comma()
        append(flag ? "true" : "false")
    }

    mutating func null(_ name: StaticString) {
        key(name)
        comma()
        append("null")
    }

    /// A member whose value is JSON already.
    mutating func member(_ name: StaticString, json: String) {
        key(name)
        comma()
        bytes.append(contentsOf: json.utf8)
    }

    /// The members of a JSON object that is text already, put in among the others.
    mutating func members(of object: String) {
        let inner = object.utf8.dropFirst().dropLast()
        guard inner.contains(where: { $0 > 0x20 }) else { return }
        comma()
        bytes.append(contentsOf: inner)
    }

    // MARK: Values

    mutating func value(_ text: String) {
        comma()
        bytes.appendJSON(text)
    }

    mutating func value(_ number: Int) {
        comma()
        bytes.append(contentsOf: String(number).utf8)
    }

    /// A number; `null` when it is not finite, which JSON cannot say.
    mutating func value(_ number: Double) {
        comma()
        if number.isFinite { bytes.append(contentsOf: number.description.utf8) } else { append("null") }
    }

    /// A value that is JSON already.
    mutating func value(json: String) {
        comma()
        bytes.append(contentsOf: json.utf8)
    }

    // MARK: Bytes

    private mutating func open(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// A member's name that is not known beforehand; its value must follow.
    mutating func name(_ name: String) {
        comma()
        bytes.appendJSON(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func key(_ name: StaticString) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        append(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }
}
