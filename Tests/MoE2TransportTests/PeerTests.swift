import Foundation
import Logging
import MoE2Core
import MoE2Testing
import MoE2Wire
import Synchronization
import Testing

@testable import MoE2Transport

/// What bad, dead and slow peers do to a gate, over real sockets: nothing to anybody else.
@Suite(.timeLimit(.minutes(2))) struct PeerTests {
    private let log = CapturedLog()
    private let listener: NNGListener
    private let address: GateAddress

    init() throws {
        let router = Router()
        router.register(FleetMethods.drain) { request, _ in DrainReply(activeShards: request.host.rawValue.count) }
        router.register(QueryMethods.ask) { _, _, writer in
            for number in 0..<100_000 {
                try await writer.write(.text(ShardChunk(sequence: UInt32(number), text: "\(number)", tokens: 1)))
            }
        }
        let listener = try NNGListener(
            address: "ws://127.0.0.1:0/moe2",
            tls: nil,
            router: router,
            logger: Logger(label: "test") { [log] _ in CapturedLog.Handler(log: log) }
        )
        Task { try await listener.run() }
        self.listener = listener
        address = try GateAddress("ws://127.0.0.1:\(listener.port)/moe2")
    }

    private func channel() throws -> NNGChannel {
        try NNGChannel(addresses: [address], tls: nil, logger: TLSFleet.logger)
    }

    /// Whether somebody else is served as ever.
    private func othersAreServed() async throws {
        let caller = try NNGCaller(addresses: [address.url], logger: TLSFleet.logger)
        let request = DrainRequest(host: try HostID("orin-1"), drain: true)
        #expect(try await caller.call(FleetMethods.drain, request, timeout: .seconds(20)).activeShards == 6)
        await caller.close()
    }

    @Test func malformedMessagesCostTheirSenderTheConnection() async throws {
        let bad = try channel()
        for bytes in [[0xFF, 0xFF, 0xFF], [], Array("GET / HTTP/1.1\r\n\r\n".utf8)] as [[UInt8]] {
            let before = log.count("malformed message")
            await #expect(throws: StatusError.self) { _ = try await bad.exchange(bytes, timeout: .milliseconds(400)) }
            try await eventually("it is logged: \(bytes)") { log.count("malformed message") > before }
            try await othersAreServed()
        }
        #expect(log.lines.contains { $0.contains("malformed message") && $0.contains("why=") })
        await bad.close()
    }

    @Test func messagesThatAreTooLargeAreNotTaken() async throws {
        let bad = try channel()
        let large = [UInt8](repeating: 8, count: NNGLimits.messageBytes + 1)
        await #expect(throws: StatusError.self) { _ = try await bad.exchange(large, timeout: .seconds(1)) }
        await bad.close()
        try await othersAreServed()
    }

    @Test func anotherVersionIsRefusedWithBothNumbers() async throws {
        let other = try channel()
        var envelope = Envelope(kind: .call, epoch: 1, streamID: 1)
        envelope.version = 99
        envelope.method = "moe2.v1.Fleet/Drain"
        envelope.messages = [[]]
        let reply = try Envelope(decoding: try await other.exchange(envelope.encoded(), timeout: .seconds(20)))
        #expect(reply.status?.code == .unimplemented)
        #expect(reply.status?.message.contains("99") == true)
        #expect(reply.status?.message.contains("\(Version.wireProtocol)") == true)
        await other.close()
    }

    /// Peers that connect and say nothing, or half a handshake, and never go away.
    @Test func deadPeersHoldNobodyBack() async throws {
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        for number in 0..<64 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            try #require(descriptor >= 0)
            descriptors.append(descriptor)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = in_port_t(UInt16(listener.port)).bigEndian
            name.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            let connected = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            try #require(connected == 0)
            let half = Array("GET /moe2 HTTP/1.1\r\nUpgrade: webso".utf8)
            if number.isMultiple(of: 2) { _ = write(descriptor, half, half.count) }
        }
        try await othersAreServed()
    }

    /// Readers that begin a stream and stop reading.
    @Test func slowReadersHoldNobodyBack() async throws {
        var streams: [ReplyStream<QueryEvent>.Iterator] = []
        let caller = try NNGCaller(addresses: [address.url], logger: TLSFleet.logger)
        for _ in 0..<32 {
            let query = Query(id: .random(), messages: [Message(role: .user, content: "x")])
            var iterator = caller.stream(QueryMethods.ask, query, timeout: .seconds(60)).makeAsyncIterator()
            #expect(try await iterator.next() != nil)
            streams.append(iterator)
        }
        try await othersAreServed()
        // They can go on where they stopped.
        for var iterator in streams.prefix(2) {
            for number in 1...500 {
                guard case .text(let chunk) = try await iterator.next() else { break }
                #expect(chunk.sequence == UInt32(number))
            }
        }
        await caller.close()
    }
}
