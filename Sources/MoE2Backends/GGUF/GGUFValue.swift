import MoE2Core

/// A value of a GGUF file's metadata. What is not needed is skipped.
enum GGUFValue {
    case integer(Int64)
    case text(String)
    case skipped

    /// The types of the format, by their numbers.
    private enum Kind: UInt32 {
        case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

        /// The size of a value in bytes; nil when it varies.
        var size: UInt64? {
            switch self {
            case .uint8, .int8, .bool: 1
            case .uint16, .int16: 2
            case .uint32, .int32, .float32: 4
            case .uint64, .int64, .float64: 8
            case .string, .array: nil
            }
        }
    }

    /// Reads a type and a value of it.
    init(_ reader: GGUFReader) throws(StatusError) {
        switch try Self.kind(reader) {
        case .uint32: self = .integer(Int64(try reader.integer(UInt32.self)))
        case .int32: self = .integer(Int64(try reader.integer(Int32.self)))
        case .uint64: self = .integer(Int64(clamping: try reader.integer(UInt64.self)))
        case .string: self = .text(try reader.text())
        case .array:
            try Self.skipArray(reader)
            self = .skipped
        case let scalar:
            try reader.skip(scalar.size ?? 0)
            self = .skipped
        }
    }

    private static func kind(_ reader: GGUFReader) throws(StatusError) -> Kind {
        let number = try reader.integer(UInt32.self)
        guard let kind = Kind(rawValue: number) else { throw reader.damaged("a value has the unknown type \(number)") }
        return kind
    }

    private static func skipArray(_ reader: GGUFReader) throws(StatusError) {
        let kind = try kind(reader)
        let count = try reader.integer(UInt64.self)
        guard count <= GGUFHeader.maximumElements, kind != .array else {
            throw reader.damaged("an array has \(count) elements, or holds arrays")
        }
        if let size = kind.size { return try reader.skip(size * count) }
        for _ in 0..<count { try reader.skipText() }
    }
}
