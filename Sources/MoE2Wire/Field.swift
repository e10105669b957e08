import Glibc
import MoE2Core

/// Reads the fields of an unpacked struct. Everything is checked: length, UTF-8, range, count.
enum Field {
    typealias CString = UnsafeMutablePointer<CChar>

    static func text(_ pointer: CString?, _ name: String, limit: Int = WireLimits.noteBytes) throws(WireError) -> String
    {
        guard let pointer else { return "" }
        let length = strlen(pointer)
        guard length <= limit else {
            throw WireError("\(name): \(length) bytes; at most \(limit) are allowed")
        }
        let bytes = UnsafeRawBufferPointer(start: pointer, count: length)
        guard let text = String(validating: bytes.bindMemory(to: UInt8.self), as: UTF8.self) else {
            throw WireError("\(name): not valid UTF-8")
        }
        return text
    }

    static func identifier<Subject>(_ pointer: CString?, _ name: String) throws(WireError) -> Identifier<Subject> {
        let text = try text(pointer, name, limit: Identifier<Subject>.maximumLength)
        guard let identifier = Identifier<Subject>(rawValue: text) else {
            throw WireError("\(name): '\(text)' is no valid name")
        }
        return identifier
    }

    /// An identifier that may be left out: empty is nil.
    static func optionalIdentifier<Subject>(_ pointer: CString?, _ name: String) throws(WireError) -> Identifier<
        Subject
    >? {
        guard let pointer, pointer.pointee != 0 else { return nil }
        return try identifier(pointer, name)
    }

    static func count(_ value: UInt32) -> Int { Int(value) }
    static func count(_ value: UInt64) -> Int { Int(clamping: value) }

    static func finite(_ value: Double, _ name: String) throws(WireError) -> Double {
        guard value.isFinite else { throw WireError("\(name): \(value) is no finite number") }
        return value
    }

    /// A number that must be finite and not negative.
    static func amount(_ value: Double, _ name: String) throws(WireError) -> Double {
        guard value.isFinite, value >= 0 else { throw WireError("\(name): \(value); it must be 0 or more") }
        return value
    }

    static func energy(_ value: Double, _ name: String) throws(WireError) -> Energy {
        Energy(joules: try amount(value, name))
    }

    static func power(_ value: Double, _ name: String) throws(WireError) -> Power {
        Power(watts: try amount(value, name))
    }

    static func time(_ milliseconds: Double, _ name: String) throws(WireError) -> Duration {
        .milliseconds(clamping: try amount(milliseconds, name))
    }

    /// `duration` in whole milliseconds as it goes over the wire, rounded down, without the errors of floating point.
    static func wholeMilliseconds(_ duration: Duration) -> UInt32 {
        let (seconds, attoseconds) = duration.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds < 0 ? 0 : .max }
        return UInt32(clamping: product + attoseconds / 1_000_000_000_000_000)
    }

    static func value<Value: RawRepresentable>(_ raw: UInt32, _ name: String) throws(WireError) -> Value
    where Value.RawValue == UInt32 {
        guard let value = Value(rawValue: raw) else { throw WireError("\(name): \(raw) is not known") }
        return value
    }

    /// A message field that must be there.
    static func required<Value: CRepresented>(
        _ pointer: UnsafeMutablePointer<Value.C>?,
        _ name: String
    ) throws(WireError) -> Value {
        guard let pointer else { throw WireError("\(name): missing") }
        return try Value(pointer.pointee)
    }

    static func list<Value: CRepresented>(
        _ count: Int,
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Value.C>?>?,
        _ name: String,
        limit: Int
    ) throws(WireError) -> [Value] {
        try check(count, name, limit)
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            values.append(try required(pointers?[index], name))
        }
        return values
    }

    static func texts(
        _ count: Int,
        _ pointers: UnsafeMutablePointer<CString?>?,
        _ name: String,
        limit: Int,
        textLimit: Int = WireLimits.noteBytes
    ) throws(WireError) -> [String] {
        try check(count, name, limit)
        var values: [String] = []
        for index in 0..<count { values.append(try text(pointers?[index], name, limit: textLimit)) }
        return values
    }

    static func identifiers<Subject>(
        _ count: Int,
        _ pointers: UnsafeMutablePointer<CString?>?,
        _ name: String,
        limit: Int
    ) throws(WireError) -> [Identifier<Subject>] {
        try check(count, name, limit)
        var values: [Identifier<Subject>] = []
        for index in 0..<count { values.append(try identifier(pointers?[index], name)) }
        return values
    }

    static func numbers(
        _ count: Int,
        _ pointer: UnsafeMutablePointer<Double>?,
        _ name: String,
        limit: Int
    ) throws(WireError) -> [Double] {
        try check(count, name, limit)
        guard let pointer else { return [] }
        let values = Array(UnsafeBufferPointer(start: pointer, count: count))
        guard values.allSatisfy({ !$0.isNaN }) else { throw WireError("\(name): holds NaN") }
        return values
    }

    static func bytes(
        _ count: Int,
        _ pointer: UnsafeMutablePointer<UInt8>?,
        _ name: String,
        limit: Int
    ) throws(WireError) -> [UInt8] {
        try check(count, name, limit)
        guard let pointer else { return [] }
        return Array(UnsafeBufferPointer(start: pointer, count: count))
    }

    private static func check(_ count: Int, _ name: String, _ limit: Int) throws(WireError) {
        guard count <= limit else { throw WireError("\(name): \(count) of them; at most \(limit) are allowed") }
    }
}
