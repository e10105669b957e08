/// A message that can cross the wire.
public protocol WireMessage: Sendable {
    /// The message in `bytes`.
    /// - Throws: ``WireError`` that names what is wrong.
    init(decoding bytes: [UInt8]) throws(WireError)

    /// The message as protobuf bytes.
    func encoded() -> [UInt8]
}
