#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads JSON value by value out of bytes, without a tree: a score matrix costs only its numbers.
///
/// Every error names the field that was being read. Nesting is bounded; the bytes may hold anything.
struct JSONScanner {
    /// Values that nobody asked for may be nested this deep.
    private static let maximumDepth = 64

    private let bytes: UnsafePointer<UInt8>
    private let count: Int
    private(set) var offset = 0

    /// A scanner over the `count` bytes at `bytes`, which a 0 must follow.
    init(_ bytes: UnsafePointer<UInt8>, count: Int) {
        self.bytes = bytes
        self.count = count
    }

    /// The next byte that is not white space, without taking it; nil at the end.
    mutating func peek() -> UInt8? {
        while offset < count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return bytes[offset]
            }
        }
        return nil
    }

    /// Nothing but white space may be left.
    mutating func finish() throws(SelectionError) {
        if peek() != nil { throw error("", "more text after the instance") }
    }

    /// Takes `byte` when it is next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        offset += 1
        return true
    }

    /// Takes the word null when it is next.
    mutating func takeNull() -> Bool {
        guard peek() == UInt8(ascii: "n"), matches("null") else { return false }
        offset += 4
        return true
    }

    /// Calls `body` with the key of every member, which must take the value.
    mutating func object(
        _ field: String,
        _ body: (inout JSONScanner, String) throws(SelectionError) -> Void
    ) throws(SelectionError) {
        guard take(UInt8(ascii: "{")) else { throw error(field, "an object is expected") }
        if take(UInt8(ascii: "}")) { return }
        repeat {
            let key = try string(field.isEmpty ? "a key" : "a key of \(field)")
            guard take(UInt8(ascii: ":")) else { throw error(field, "':' is expected after \"\(key)\"") }
            try body(&self, key)
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw error(field, "',' or '}' is expected") }
    }

    /// Calls `body` with the index of every element, which must take the value.
    mutating func array(
        _ field: String,
        _ body: (inout JSONScanner, Int) throws(SelectionError) -> Void
    ) throws(SelectionError) {
        guard take(UInt8(ascii: "[")) else { throw error(field, "a list is expected") }
        if take(UInt8(ascii: "]")) { return }
        var index = 0
        repeat {
            try body(&self, index)
            index += 1
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error(field, "',' or ']' is expected") }
    }

    /// Appends the numbers of a list; the name of the field is only made up for an error.
    mutating func numbers(
        _ field: @autoclosure () -> String,
        into values: inout [Double]
    ) throws(SelectionError) {
        guard take(UInt8(ascii: "[")) else { throw error(field(), "a list of numbers is expected") }
        if take(UInt8(ascii: "]")) { return }
        let first = values.count
        repeat {
            guard let value = scanNumber() else {
                throw notANumber("\(field())[\(values.count - first)]")
            }
            values.append(value)
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error(field(), "',' or ']' is expected") }
    }

    /// A number.
    mutating func number(_ field: String) throws(SelectionError) -> Double {
        guard let value = scanNumber() else { throw notANumber(field) }
        return value
    }

    /// A whole number that fits 32 bits.
    mutating func integer(_ field: String) throws(SelectionError) -> Int {
        let value = try number(field)
        guard value == value.rounded(), abs(value) <= 0x1p31 else {
            throw error(field, "\(value) is no whole number of a usual size")
        }
        return Int(value)
    }

    private mutating func notANumber(_ field: String) -> SelectionError {
        _ = peek()
        for word in ["NaN", "nan", "Infinity", "-Infinity", "inf", "-inf"] where matches(word) {
            return error(field, "\(word) is not a finite number; leave the value out or correct it")
        }
        return error(field, "a number is expected")
    }

    private func matches(_ word: String) -> Bool {
        let letters = word.utf8
        guard offset + letters.count <= count else { return false }
        return zip(letters, offset...).allSatisfy { bytes[$1] == $0 }
    }

    /// The number at the offset; nil, and nothing taken, when there is none.
    private mutating func scanNumber() -> Double? {
        guard peek() != nil else { return nil }
        var place = offset
        let isNegative = bytes[place] == UInt8(ascii: "-")
        if isNegative { place += 1 }
        var mantissa: UInt64 = 0
        var digits = 0
        let whole = place
        while place < count, bytes[place] &- 48 < 10 {
            if digits < 19 { mantissa = mantissa &* 10 &+ UInt64(bytes[place] &- 48) }
            if mantissa > 0 { digits += 1 }
            place += 1
        }
        // JSON knows no numbers like "01", ".5" or "5.".
        guard place > whole, place == whole + 1 || bytes[whole] != 48 else { return nil }
        var power = 0
        if place < count, bytes[place] == UInt8(ascii: ".") {
            place += 1
            let fraction = place
            while place < count, bytes[place] &- 48 < 10 {
                if digits < 19 { mantissa = mantissa &* 10 &+ UInt64(bytes[place] &- 48) }
                if mantissa > 0 { digits += 1 }
                place += 1
            }
            guard place > fraction else { return nil }
            power = fraction - place
        }
        var isSimple = digits <= 19
        if place < count, bytes[place] | 0x20 == UInt8(ascii: "e") {
            place += 1
            if place < count, bytes[place] == UInt8(ascii: "+") || bytes[place] == UInt8(ascii: "-") { place += 1 }
            let exponent = place
            while place < count, bytes[place] &- 48 < 10 { place += 1 }
            guard place > exponent else { return nil }
            isSimple = false
        }
        defer { offset = place }
        // A mantissa and a power of ten that doubles hold exactly give the nearest double in one operation.
        if isSimple, mantissa <= 1 << 53, power >= -22 {
            let value = Double(mantissa) / Self.powers[-power]
            return isNegative ? -value : value
        }
        let value = UnsafeRawPointer(bytes + offset).withMemoryRebound(to: CChar.self, capacity: 1) { strtod($0, nil) }
        return value
    }

    private static let powers: [Double] = (0...22).map { power in (0..<power).reduce(1) { value, _ in value * 10 } }

    /// A string.
    mutating func string(_ field: String) throws(SelectionError) -> String {
        guard take(UInt8(ascii: "\"")) else { throw error(field, "a string is expected") }
        let start = offset
        var hasEscapes = false
        while offset < count, bytes[offset] != UInt8(ascii: "\"") {
            guard bytes[offset] >= 0x20 else { throw error(field, "a string holds a control character") }
            if bytes[offset] == UInt8(ascii: "\\") {
                hasEscapes = true
                offset += 1
            }
            offset += 1
        }
        guard offset < count else { throw error(field, "a string has no end") }
        let text = UnsafeBufferPointer(start: bytes + start, count: offset - start)
        offset += 1
        let decoded = hasEscapes ? try Self.unescaped(text, field) : Array(text)
        guard let value = String(validating: decoded, as: UTF8.self) else {
            throw error(field, "a string is not valid UTF-8")
        }
        return value
    }

    private static func unescaped(
        _ text: UnsafeBufferPointer<UInt8>,
        _ field: String
    ) throws(SelectionError) -> [UInt8] {
        var result: [UInt8] = []
        var place = 0
        var surrogate: UInt32?
        while place < text.count {
            guard text[place] == UInt8(ascii: "\\") else {
                result.append(text[place])
                place += 1
                continue
            }
            place += 1
            let plain: [UInt8: UInt8] = [
                0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
            ]
            if let letter = plain[text[place]] {
                result.append(letter)
                place += 1
                continue
            }
            let end = place + 5
            guard text[place] == UInt8(ascii: "u"), end <= text.count,
                let code = UInt32(String(decoding: text[(place + 1)..<end], as: UTF8.self), radix: 16)
            else { throw SelectionError(field: field, "a string holds an unknown escape") }
            place = end
            if code & 0xFC00 == 0xD800 {
                surrogate = code
                continue
            }
            let scalar = surrogate.map { 0x10000 + ($0 & 0x3FF) << 10 + (code & 0x3FF) } ?? code
            surrogate = nil
            guard let valid = Unicode.Scalar(scalar) else {
                throw SelectionError(field: field, "a string holds half a character")
            }
            result.append(contentsOf: Array(String(Character(valid)).utf8))
        }
        guard surrogate == nil else { throw SelectionError(field: field, "a string holds half a character") }
        return result
    }

    /// Takes a value that nobody asked for.
    mutating func skip(_ field: String, depth: Int = 0) throws(SelectionError) {
        guard depth < Self.maximumDepth else { throw error(field, "values are nested too deep") }
        switch peek() {
        case UInt8(ascii: "{"):
            try object(field) { (scanner, key) throws(SelectionError) in
                try scanner.skip("\(field).\(key)", depth: depth + 1)
            }
        case UInt8(ascii: "["):
            try array(field) { (scanner, _) throws(SelectionError) in try scanner.skip(field, depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try string(field)
        default:
            for word in ["true", "false", "null"] where matches(word) {
                offset += word.utf8.count
                return
            }
            _ = try number(field)
        }
    }

    /// An error in `field`, with the place in the text.
    func error(_ field: String, _ message: String) -> SelectionError {
        SelectionError(field: field.isEmpty ? "instance" : field, "\(message) (at byte \(offset))")
    }
}
