import CMoE2Protos
import CProtobufC
public import MoE2Core

/// The envelope around every message of the protocol; `docs/PROTOCOL.md` tells how it is used.
public struct Envelope: Equatable, WireMessage {
    /// What an envelope is for.
    public enum Kind: UInt32, Sendable {
        /// Starts a call; `messages` holds the one request.
        case call = 1
        /// Asks for more of a stream: `sequence` is the next message wanted, `credits` how many at most.
        case next = 2
        /// Gives up on a call.
        case cancel = 3
        /// Answers any of the above.
        case reply = 4
    }

    /// The protocol version; another one is refused.
    public var version: UInt32 = Version.wireProtocol
    /// What it is for.
    public var kind: Kind
    /// Of the caller's process: random, so that a restarted process is not taken for its forerunner.
    public var epoch: UInt64
    /// Of the call; unique in the epoch.
    public var streamID: UInt64
    /// Of the first of `messages` in the stream.
    public var sequence: UInt32 = 0
    /// Time left; nil when there is no deadline.
    public var timeLeft: Duration?
    /// The method; empty unless the kind is `call`.
    public var method = ""
    /// How many messages the caller can take.
    public var credits: UInt32 = 0
    /// Whether nothing follows `messages`.
    public var endOfStream = false
    /// How the call ended; nil while it has not.
    public var status: StatusError?
    /// The messages, packed.
    public var messages: [[UInt8]] = []
    /// The client's API token; empty unless the kind is `call`.
    public var authorization = ""

    /// An envelope of `kind` for the call `streamID` of the process `epoch`.
    public init(kind: Kind, epoch: UInt64, streamID: UInt64) {
        self.kind = kind
        self.epoch = epoch
        self.streamID = streamID
    }
}

extension Envelope: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Envelope>) -> Void {
        { moe2__v1__envelope__init($0) }
    }

    init(_ c: borrowing Moe2__V1__Envelope) throws(WireError) {
        guard let kind = Kind(rawValue: c.kind.rawValue) else {
            throw WireError("kind: \(c.kind.rawValue) is not known")
        }
        self.init(kind: kind, epoch: c.epoch, streamID: c.stream_id)
        version = c.version
        sequence = c.sequence
        timeLeft = c.deadline_ms == 0 ? nil : .milliseconds(Int(c.deadline_ms))
        method = try Field.text(c.method, "method", limit: WireLimits.methodBytes)
        credits = c.credits
        endOfStream = c.end_of_stream != 0
        status = try c.status.map { pointer throws(WireError) in try StatusError(pointer.pointee) }
        guard c.n_messages <= WireLimits.messagesPerEnvelope else {
            throw WireError(
                "messages: \(c.n_messages) of them; at most \(WireLimits.messagesPerEnvelope) are allowed"
            )
        }
        for index in 0..<c.n_messages {
            guard let data = c.messages?[index] else { continue }
            messages.append(
                try Field.bytes(data.len, data.data, "messages", limit: WireLimits.envelopeBytes)
            )
        }
        authorization = try Field.text(c.authorization, "authorization", limit: WireLimits.secretBytes)
    }

    func fill(_ c: inout Moe2__V1__Envelope, _ arena: Arena) {
        c.version = version
        c.kind = Moe2__V1__Kind(rawValue: kind.rawValue)
        c.epoch = epoch
        c.stream_id = streamID
        c.sequence = sequence
        // Zero means none, so a deadline of less than a millisecond is one.
        c.deadline_ms = timeLeft.map { max(1, Field.wholeMilliseconds($0)) } ?? 0
        c.method = arena.string(method)
        c.credits = credits
        c.end_of_stream = endOfStream ? 1 : 0
        c.status = status.map { arena.pointer(to: $0) }
        c.n_messages = messages.count
        c.messages = arena.array(
            messages.map { bytes in
                let (count, data) = arena.bytes(bytes)
                return ProtobufCBinaryData(len: count, data: data)
            }
        )
        c.authorization = arena.string(authorization)
    }
}
