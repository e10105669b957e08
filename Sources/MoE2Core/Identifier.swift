/// A name that is safe in logs, metrics, URLs and file names.
///
/// 1 to 64 characters out of `A–Z a–z 0–9 . _ : / -`. `Subject` only tells apart what is named, so that a host is never
/// taken for an expert.
public struct Identifier<Subject>: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The name.
    public let rawValue: String

    /// The longest name, in characters.
    public static var maximumLength: Int { 64 }

    /// The name `rawValue`; nil when it is empty, too long or holds another character.
    public init?(rawValue: String) {
        guard (1...Self.maximumLength).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed) else {
            return nil
        }
        self.rawValue = rawValue
    }

    /// The name `name`.
    /// - Throws: ``StatusError`` with the code `invalidArgument` that names the rule it breaks.
    public init(_ name: String) throws(StatusError) {
        guard let valid = Self(rawValue: name) else {
            throw StatusError(
                .invalidArgument,
                """
                '\(name.prefix(80))' is no valid name: use 1 to \(Self.maximumLength) of the characters \
                A–Z a–z 0–9 . _ : / -
                """
            )
        }
        self = valid
    }

    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public var description: String { rawValue }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"),
            UInt8(ascii: "/"), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }
}

/// What a ``HostID`` names.
public enum HostSubject: Sendable {}
/// What an ``ExpertID`` names.
public enum ExpertSubject: Sendable {}
/// What a ``Category`` names.
public enum CategorySubject: Sendable {}
/// What a ``QueryID`` names.
public enum QuerySubject: Sendable {}
/// What a ``ShardID`` names.
public enum ShardSubject: Sendable {}
/// What a ``ClientName`` names.
public enum ClientSubject: Sendable {}
/// What a ``BatchID`` names.
public enum BatchSubject: Sendable {}

/// The name of a host; unique in the fleet.
public typealias HostID = Identifier<HostSubject>
/// The name of an expert; unique in the fleet.
public typealias ExpertID = Identifier<ExpertSubject>
/// An application category such as `chat`, `math` or `code`, with its own latency limit.
public typealias Category = Identifier<CategorySubject>
/// The name of a query; unique for its client.
public typealias QueryID = Identifier<QuerySubject>
/// The name of a shard; unique in the fleet.
public typealias ShardID = Identifier<ShardSubject>
/// The name of a client, which its token or certificate proves; unique in the fleet.
public typealias ClientName = Identifier<ClientSubject>
/// The name of a batch; unique for its client.
public typealias BatchID = Identifier<BatchSubject>

extension Identifier {
    /// A random name of 24 characters with 120 bits of chance, so that two never meet.
    public static func random(using generator: inout some RandomNumberGenerator) -> Self {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz012345".utf8)
        var bytes: [UInt8] = []
        while bytes.count < 24 {
            var word: UInt64 = generator.next()
            for _ in 0..<12 {
                bytes.append(alphabet[Int(word & 31)])
                word >>= 5
            }
        }
        return Self(unchecked: String(decoding: bytes, as: UTF8.self))
    }

    /// A random name from the system's generator.
    public static func random() -> Self { RandomPool.shared.withLock { random(using: &$0) } }

    private init(unchecked name: String) { rawValue = name }
}
