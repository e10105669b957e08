/// An amount of memory or storage in bytes, written such as `4GiB` in a configuration.
public struct ByteCount: Hashable, Comparable, Sendable, Codable {
    /// The number of bytes.
    public var bytes: UInt64

    /// An amount of `bytes` bytes.
    public init(bytes: UInt64) {
        self.bytes = bytes
    }

    /// Nothing.
    public static let zero = ByteCount(bytes: 0)

    public init(from decoder: any Decoder) throws {
        bytes = try decoder.singleValueContainer().decode(UInt64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }

    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
}
