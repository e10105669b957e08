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
            address: "tcp://127.0.0.1:0",
            tls: nil,
            router: router,
            logger: Logger(label: "test") { [log] _ in CapturedLog.Handler(log: log) }
        )
        Task { try await listener.run() }
        self.listener = listener
        address = try GateAddress("tcp://127.0.0.1:\(listener.port)")
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

    /// A channel whose connection is made, so that what is sent over it arrives however busy the machine is.
    private func connected() async throws -> NNGChannel {
        let channel = try channel()
        var envelope = Envelope(kind: .call, epoch: .random(in: 1...UInt64.max), streamID: 1)
        envelope.method = "moe2.v1.Fleet/Drain"
        envelope.messages = [DrainRequest(host: try HostID("orin-1"), drain: true).encoded()]
        _ = try await channel.exchange(envelope.encoded(), timeout: .seconds(20))
        return channel
    }

    @Test func malformedMessagesCostTheirSenderTheConnection() async throws {
        for bytes in [[0xFF, 0xFF, 0xFF], [], Array("GET / HTTP/1.1\r\n\r\n".utf8)] as [[UInt8]] {
            let bad = try await connected()
            let before = log.count("malformed message")
            await #expect(throws: StatusError.self) { _ = try await bad.exchange(bytes, timeout: .milliseconds(400)) }
            try await eventually("it is logged: \(bytes)") { log.count("malformed message") > before }
            await bad.close()
            try await othersAreServed()
        }
        #expect(log.lines.contains { $0.contains("malformed message") && $0.contains("why=") })
    }

    @Test func messagesThatAreTooLargeAreNotTaken() async throws {
        let bad = try channel()
        let large = [UInt8](repeating: 8, count: WireLimits.envelopeBytes + 1)
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

    /// Peers that connect and say nothing, or half a greeting, and never go away.
    @Test func deadPeersHoldNobodyBack() async throws {
        var peers: [RawPeer] = []
        for number in 0..<64 {
            let peer = try RawPeer(port: listener.port)
            if number.isMultiple(of: 2) { peer.write(Array("MoE".utf8)) }
            peers.append(peer)
        }
        try await othersAreServed()
        #expect(peers.count == 64)
    }

    /// What is no frame costs its sender the connection as soon as that shows.
    @Test func whatIsNoFrameEndsTheConnection() async throws {
        let greeting = Array("MoE2".utf8) + [0, 0, 0, UInt8(Version.wireProtocol)]
        let cases: [[UInt8]] = [
            Array("GET /moe2 HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".utf8),
            [0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3],
            greeting + [0xFF, 0xFF, 0xFF, 0xFF] + [0, 0, 0, 0, 0, 0, 0, 1],
            greeting + [0, 0, 0, 1] + [0, 0, 0, 0, 0, 0, 0, 0] + [7],
        ]
        for bytes in cases {
            let before = log.count("malformed message")
            let peer = try RawPeer(port: listener.port)
            peer.write(bytes)
            try await eventually("it is closed: \(bytes)") { peer.isClosed() }
            try await eventually("it is logged: \(bytes)") { log.count("malformed message") > before }
        }
        try await othersAreServed()
    }

    /// It is told which version is spoken here before it is cut off.
    @Test func anotherVersionOfTheFramesIsRefused() async throws {
        let peer = try RawPeer(port: listener.port)
        peer.write(Array("MoE2".utf8) + [0, 0, 0, 99])
        try await eventually("it is closed") { peer.isClosed() }
        #expect(Array(peer.received.prefix(8)) == Array("MoE2".utf8) + [0, 0, 0, UInt8(Version.wireProtocol)])
        try await eventually("both numbers are logged") {
            log.lines.contains { $0.contains("99: update the older one") }
        }
        try await othersAreServed()
    }

    /// Somebody who asks and asks and reads none of the replies.
    @Test func whoeverReadsNothingHoldsNobodyBack() async throws {
        let peer = try RawPeer(port: listener.port)
        peer.write(Array("MoE2".utf8) + [0, 0, 0, UInt8(Version.wireProtocol)])
        let buffer = FrameBuffer()
        for number in 1...5000 as ClosedRange<UInt64> {
            var envelope = Envelope(kind: .call, epoch: 1, streamID: number)
            envelope.method = String(repeating: "m", count: 128)
            envelope.messages = [[]]
            buffer.append(exchange: number, envelope.encoded())
        }
        peer.write(Array(buffer.bytes(from: 0)))
        try await othersAreServed()
    }

    /// Somebody who asks for more than the sockets hold before reading anything: the replies wait, and come whole and in order.
    @Test func repliesWaitForWhoeverReadsLate() async throws {
        let calls = 150_000
        let peer = try RawPeer(port: listener.port)
        peer.write(Array("MoE2".utf8) + [0, 0, 0, UInt8(Version.wireProtocol)])
        let buffer = FrameBuffer()
        for number in 1...UInt64(calls) {
            var envelope = Envelope(kind: .call, epoch: 1, streamID: number)
            envelope.method = String(repeating: "m", count: 128)
            envelope.messages = [[]]
            buffer.append(exchange: number, envelope.encoded())
        }
        var left = Array(buffer.bytes(from: 0))[...]
        let ask = { left = left.dropFirst(peer.write(Array(left.prefix(1 << 16)))) }
        // The gate reads no more once too much waits for the peer.
        var refusals = 0
        while refusals < 100, !left.isEmpty {
            let before = left.count
            ask()
            refusals = left.count < before ? 0 : refusals + 1
            if refusals > 0 { try await Task.sleep(for: .milliseconds(1)) }
        }
        #expect(!left.isEmpty, "all of it was taken: nothing had to wait")
        var decoder = FrameDecoder()
        var decoded = 0
        var replies: [UInt64] = []
        try await eventually("all replies are there") {
            ask()
            guard !peer.isClosed() else { throw StatusError(.unavailable, "the gate closed the connection") }
            let bytes = Array(peer.received[decoded...])
            decoded += bytes.count
            for case .frame(let exchange, let body) in try bytes.withUnsafeBytes({ try decoder.take($0) }) {
                replies.append(exchange)
                if try Envelope(decoding: body).status?.code != .unimplemented {
                    Issue.record("\(exchange): another reply")
                }
            }
            return replies.count >= calls
        }
        #expect(replies == Array(1...UInt64(calls)))
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
