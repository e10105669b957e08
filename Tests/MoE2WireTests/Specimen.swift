import MoE2Core
import MoE2Wire
import Testing

/// A kind of message with what the tests do to each.
struct Specimen: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// A random message of the kind as bytes, after it was found equal to itself when decoded.
    let roundTrip: @Sendable (inout RandomMessages) throws -> [UInt8]
    /// Whether bytes are a message of the kind; what is one must survive being packed and unpacked again.
    let accepts: @Sendable ([UInt8]) throws -> Bool

    init<Value: WireMessage & Equatable>(_ name: String, _ make: @escaping @Sendable (inout RandomMessages) -> Value) {
        testDescription = name
        roundTrip = { random in
            let value = make(&random)
            let bytes = value.encoded()
            let again = try Value(decoding: bytes)
            #expect(again == value)
            return bytes
        }
        accepts = { bytes in
            guard let value = try? Value(decoding: bytes) else { return false }
            return try Value(decoding: value.encoded()) == value
        }
    }

    static let all: [Specimen] = [
        Specimen("Envelope") { $0.envelope() },
        Specimen("ChallengeRequest") { _ in ChallengeRequest() },
        Specimen("ChallengeReply") { ChallengeReply(challenge: $0.bytes()) },
        Specimen("HelloRequest") { $0.hello() },
        Specimen("HelloReply") { $0.helloReply() },
        Specimen("ReportRequest") { ReportRequest(session: $0.text(), report: $0.report()) },
        Specimen("ReportReply") { ReportReply(drain: $0.chance()) },
        Specimen("PollRequest") {
            PollRequest(session: $0.text(), expert: $0.maybe { $0.name() }, number: UInt32($0.number()))
        },
        Specimen("PollReply") { $0.pollReply() },
        Specimen("ChunksRequest") {
            ChunksRequest(session: $0.text(), shard: $0.name(), chunks: $0.list { $0.chunk() })
        },
        Specimen("ChunksReply") { ChunksReply(cancel: $0.chance()) },
        Specimen("FinishRequest") {
            FinishRequest(
                session: $0.text(),
                shard: $0.name(),
                result: $0.result(),
                lastChunks: $0.list { $0.chunk() },
                poll: $0.maybe { $0.name() }
            )
        },
        Specimen("FinishReply") { FinishReply(start: $0.maybe { $0.shard() }) },
        Specimen("LeaveRequest") { LeaveRequest(session: $0.text()) },
        Specimen("LeaveReply") { _ in LeaveReply() },
        Specimen("Query") { $0.query() },
        Specimen("QueryEvent") { $0.event() },
        Specimen("FleetRequest") { _ in FleetRequest() },
        Specimen("FleetSnapshot") { $0.snapshot() },
        Specimen("DrainRequest") { DrainRequest(host: $0.name(), drain: $0.chance()) },
        Specimen("DrainReply") { DrainReply(activeShards: $0.number()) },
        Specimen("PlanRequest") { $0.planRequest() },
        Specimen("PlanReply") { $0.planReply() },
    ]
}

extension Specimen {
    /// Whether all fields of the kind may have the value that takes no bytes.
    var mayBeEmpty: Bool { testDescription != "Envelope" }
}
