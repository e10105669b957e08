/// A JSON text (RFC 8259) and what it says.
///
/// Reading is bounded in depth and in the number of values, so that a hostile text costs no more than a fixed multiple
/// of its size. Tools, schemas and the like are not understood here: ``text(of:)`` passes them on as they came.
public struct JSONDocument: Sendable {
    /// The deepest nesting.
    public static let maximumDepth = 64
    /// The most values in one text, unless another number is given.
    public static let maximumValues = 200_000

    /// The text.
    public let bytes: [UInt8]
    /// What it says.
    public let root: JSONValue

    /// Reads `bytes`.
    /// - Throws: ``JSONError`` with the place and what is wrong there.
    public init(_ bytes: [UInt8], maximumValues: Int = Self.maximumValues) throws(JSONError) {
        var reader = JSONReader(bytes, maximumValues: maximumValues)
        root = try reader.document()
        self.bytes = bytes
    }

    /// The text of `value` as it came.
    public func text(of value: JSONValue) -> String { String(decoding: bytes[value.range], as: UTF8.self) }
}
