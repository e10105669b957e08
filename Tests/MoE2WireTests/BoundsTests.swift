import MoE2Core
import Testing

@testable import MoE2Wire

/// Every bound of `docs/GUARANTEES.md`: what is at the bound passes, what is over it is refused by name.
@Suite struct BoundsTests {
    private typealias Bytes = ProtobufBytes

    private func refusal<Value: WireMessage>(_ type: Value.Type, _ bytes: [UInt8]) -> String? {
        do {
            _ = try Value(decoding: bytes)
            return nil
        } catch {
            return error.message
        }
    }

    /// Sets `count` at the bound and one over it.
    private func check<Value: WireMessage>(
        _ field: String,
        limit: Int,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ make: (Int) -> Value
    ) {
        #expect(refusal(Value.self, make(limit).encoded()) == nil, "\(field)", sourceLocation: sourceLocation)
        let told = refusal(Value.self, make(limit + 1).encoded())
        #expect(told?.contains(field) == true, "\(field): \(told ?? "accepted")", sourceLocation: sourceLocation)
        #expect(told?.contains("\(limit)") == true, "\(told ?? "accepted")", sourceLocation: sourceLocation)
    }

    private func text(_ count: Int) -> String { String(repeating: "x", count: count) }
    private func name<Subject>() -> Identifier<Subject> { .random() }

    @Test func textsAreBounded() {
        check("session", limit: WireLimits.secretBytes) { LeaveRequest(session: text($0)) }
        check("gate_version", limit: WireLimits.noteBytes) {
            HelloReply(
                session: "",
                reportInterval: .zero,
                pollHold: .zero,
                sessionTimeout: .zero,
                gateVersion: text($0)
            )
        }
        check("text", limit: WireLimits.textBytes) {
            QueryEvent.text(ShardChunk(sequence: 0, text: text($0), tokens: 0))
        }
        check("logprobs_json", limit: WireLimits.jsonBytes) {
            QueryEvent.text(ShardChunk(sequence: 0, text: "", tokens: 0, logProbabilitiesJSON: text($0)))
        }
        check("extensions_json", limit: WireLimits.jsonBytes) {
            QueryEvent.text(ShardChunk(sequence: 0, text: "", tokens: 0, extensionsJSON: text($0)))
        }
        check("content", limit: WireLimits.textBytes) {
            Query(id: name(), messages: [Message(role: .user, content: text($0))])
        }
        check("trace_parent", limit: WireLimits.noteBytes) {
            Query(id: name(), messages: [], traceParent: text($0))
        }
    }

    @Test func listsAreBounded() {
        check("messages", limit: WireLimits.messages) { count in
            Query(id: name(), messages: Array(repeating: Message(role: .user, content: "x"), count: count))
        }
        check("choices", limit: WireLimits.choices) { count in
            Query(id: name(), messages: [], choices: Array(repeating: "a", count: count))
        }
        check("stop", limit: WireLimits.stops) { count in
            Query(id: name(), messages: [], decoding: Decoding(stop: Array(repeating: "a", count: count)))
        }
        check("chunks", limit: WireLimits.chunks) { count in
            ChunksRequest(
                session: "",
                shard: name(),
                chunks: Array(repeating: ShardChunk(sequence: 0, text: "x", tokens: 1), count: count)
            )
        }
        check("experts", limit: WireLimits.experts) { count in
            ReportRequest(
                session: "",
                report: CapacityReport(
                    experts: Array(repeating: ExpertCapacity(expert: name(), state: .ready), count: count)
                )
            )
        }
        check("challenge", limit: WireLimits.proofBytes) { ChallengeReply(challenge: Bytes.text($0)) }
        check("without", limit: WireLimits.experts) { count in
            PlanRequest(
                category: nil,
                energies: [],
                latencies: [],
                without: Array(repeating: "a", count: count),
                with: []
            )
        }
        check("embedding", limit: WireLimits.embedding) { count in
            FinishRequest(
                session: "",
                shard: name(),
                result: ShardResult(embedding: [Float](repeating: 1, count: count))
            )
        }
        check("choice_logprobs", limit: WireLimits.choices) { count in
            FinishRequest(
                session: "",
                shard: name(),
                result: ShardResult(choiceLogProbabilities: [Double](repeating: 1, count: count))
            )
        }
    }

    @Test func envelopesAreBounded() {
        func envelope(_ change: (inout Envelope) -> Void) -> Envelope {
            var envelope = Envelope(kind: .call, epoch: 1, streamID: 1)
            change(&envelope)
            return envelope
        }
        check("method", limit: WireLimits.methodBytes) { count in envelope { $0.method = text(count) } }
        check("authorization", limit: WireLimits.secretBytes) { count in envelope { $0.authorization = text(count) } }
        check("messages", limit: WireLimits.messagesPerEnvelope) { count in
            envelope { $0.messages = Array(repeating: [1], count: count) }
        }
        let large = envelope { $0.messages = [Bytes.text(WireLimits.envelopeBytes)] }.encoded()
        #expect(refusal(Envelope.self, large)?.contains("\(WireLimits.envelopeBytes)") == true)
        let unknown = Bytes.field(2, UInt64(99))
        #expect(refusal(Envelope.self, unknown)?.contains("kind") == true)
    }

    @Test func namesAndTextsMustBeWhatTheySay() {
        let host = { (name: [UInt8]) in Bytes.field(1, name) }
        #expect(refusal(DrainRequest.self, host(Array("orin-1".utf8))) == nil)
        for bad in [[], Array("a b".utf8), Array("a\nb".utf8), Array("ä".utf8), Bytes.text(65)] {
            #expect(refusal(DrainRequest.self, host(bad))?.contains("host") == true)
        }
        // Not UTF-8: a lone continuation byte, an overlong slash, a surrogate.
        for bad in [[0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80]] as [[UInt8]] {
            #expect(refusal(LeaveRequest.self, Bytes.field(1, bad))?.contains("UTF-8") == true)
        }
    }

    @Test func numbersMustBeNumbers() {
        for bad in [Double.nan, .infinity, -.infinity, -1] {
            // The power of a report, field 3.
            let report = Bytes.field(3, bad)
            #expect(refusal(ReportRequest.self, Bytes.field(2, report))?.contains("power_w") == true, "\(bad)")
        }
        for bad in [Float.nan, .infinity] {
            let request = FinishRequest(session: "", shard: name(), result: ShardResult(embedding: [1, bad]))
            #expect(refusal(FinishRequest.self, request.encoded())?.contains("embedding") == true, "\(bad)")
        }
        // A role that nobody knows.
        let message = Bytes.field(2, Bytes.field(1, UInt64(77)))
        let query = Bytes.field(1, Array("q".utf8)) + message
        #expect(refusal(Query.self, query)?.contains("role") == true)
    }

    /// Two bytes that ask for a struct of a hundred: the memory that unpacking may take is bounded by the message's size.
    @Test func memoryIsBoundedByTheMessagesSize() {
        let bomb = Array(repeating: Bytes.field(2, []), count: 500_000).flatMap { $0 }
        let told = refusal(HelloRequest.self, bomb)
        #expect(told?.contains("more memory than its size justifies") == true, "\(told ?? "accepted")")
        let small = Array(repeating: Bytes.field(2, []), count: 3).flatMap { $0 }
        #expect(refusal(HelloRequest.self, small)?.contains("more memory") == false)
    }

    @Test func whatComesFromALaterVersionIsPassedOver() throws {
        let request = DrainRequest(host: name(), drain: true)
        let later = request.encoded() + Bytes.field(99, Array("new".utf8)) + Bytes.field(98, UInt64(7))
        #expect(try DrainRequest(decoding: later) == request)
    }
}
