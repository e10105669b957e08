import Foundation
import MoE2Core
import MoE2Testing
import MoE2Trust
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@testable import MoE2Backends

@Suite(.timeLimit(.minutes(1))) struct ModelServerDoorTests {
    private struct Empty: Decodable {}

    private static let wholeStream = "data: {\"n\":1}\n\ndata: {\"n\":2}\n\ndata: [DONE]\n\n"

    /// A stream of events with its length, so that the connection can go on.
    private static func stream(_ events: String) -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\ncontent-length: \(events.utf8.count)\r\n\r\n\(events)".utf8)
    }

    private func door(_ server: ScriptedServer, keeps: Bool = true) -> ModelServerDoor {
        ModelServerDoor(base: server.url + "/prefix", apiKey: nil, keepsConnections: keeps)
    }

    private func events(_ door: ModelServerDoor, timeout: Duration = .seconds(20)) async throws -> [String] {
        var events: [String] = []
        try await door.events("/v1/chat/completions", .object([:]), timeout: timeout) { event in
            events.append(event.data)
            return event.data != "[DONE]"
        }
        return events
    }

    @Test func aConnectionIsKeptForTheNextRequest() async throws {
        let server = try ScriptedServer(requests: 10) { _ in Self.stream(Self.wholeStream) }
        defer { server.stop() }
        for _ in 0..<5 { #expect(try await events(door(server)) == [#"{"n":1}"#, #"{"n":2}"#, "[DONE]"]) }
        #expect(server.requests.map(\.connection) == [0, 0, 0, 0, 0])
        #expect(server.requests.allSatisfy { $0.line.hasPrefix("POST /prefix/v1/chat/completions ") })
    }

    @Test func llamasConnectionsAreNotKept() async throws {
        let server = try ScriptedServer(requests: 10) { _ in Self.stream(Self.wholeStream) }
        defer { server.stop() }
        for _ in 0..<3 { _ = try await events(door(server, keeps: false)) }
        #expect(server.requests.map(\.connection) == [0, 1, 2])
        #expect(server.requests.allSatisfy { $0.head.contains("connection: close") })
    }

    /// The server closes after every second request, without announcing it.
    @Test func aRequestIntoAClosedConnectionIsSentOnceMore() async throws {
        let server = try ScriptedServer(requests: 2) { _ in Self.stream(Self.wholeStream) }
        defer { server.stop() }
        for _ in 0..<7 { #expect(try await events(door(server)).count == 3) }
        #expect(server.requests.count == 7)
    }

    @Test func aReplyThatEndsInTheMiddleIsNotAskedForAgain() async throws {
        let answers = Mutex([
            Self.stream(Self.wholeStream), Array("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\ndata: 1\n\n".utf8),
        ])
        let server = try ScriptedServer(requests: 2) { _ in answers.withLock { $0.removeFirst() } }
        defer { server.stop() }
        _ = try await events(door(server))
        let error = await #expect(throws: StatusError.self) { _ = try await events(door(server)) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("closed the connection; it may have crashed") == true)
        #expect(server.requests.map(\.connection) == [0, 0])
    }

    /// As many shards as there are slots are the server's business.
    @Test func manyRequestsRunAtATime() async throws {
        let here = Mutex(0)
        let server = try ScriptedServer { _ in
            here.withLock { $0 += 1 }
            // Nobody is answered before all are there.
            for _ in 0..<2000 where here.withLock({ $0 }) < 12 { Thread.sleep(forTimeInterval: 0.01) }
            return Self.stream(Self.wholeStream)
        }
        defer { server.stop() }
        let door = door(server)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<12 { group.addTask { try await events(door).count } }
            for try await count in group { #expect(count == 3) }
        }
        #expect(here.withLock { $0 } == 12)
    }

    @Test func theTimeIsUpWhenItIsUp() async throws {
        let server = try ScriptedServer { _ in nil }
        defer { server.stop() }
        let error = await #expect(throws: StatusError.self) {
            _ = try await events(door(server), timeout: .milliseconds(50))
        }
        #expect(error?.code == .deadlineExceeded)
        // On a busy machine the time may be up before the request goes.
        try await eventually("the server hears of it") { server.left.count == server.requests.count }
    }

    @Test func cancellingReachesTheServer() async throws {
        let server = try ScriptedServer { _ in nil }
        defer { server.stop() }
        let door = door(server)
        let task = Task { try await events(door) }
        try await eventually("the request is there") { server.requests.count == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await eventually("the server hears of it") { server.left == [0] }
    }

    @Test func aReplyThatIsTooLongIsRefused() async throws {
        let server = try ScriptedServer { _ in
            Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + [UInt8](repeating: 32, count: ModelServerDoor.maximumReplyBytes + 1)
        }
        defer { server.stop() }
        let error = await #expect(throws: StatusError.self) {
            _ = try await door(server).get(Empty.self, "/", timeout: .seconds(20))
        }
        #expect(error?.code == .dataLoss)
    }

    /// The certificate is a good one, but of an authority that this host does not know.
    @Test func aServerThatCannotBeTrustedIsNotAsked() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "moe2-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let authority = try Authority.create(in: folder.appending(path: "ca").path())
        let identity = try CertificateIdentity(role: .gate, name: "server")
        try authority.issue(identity, dns: ["localhost"], ip: ["127.0.0.1"])
        let files = authority.folder(of: identity)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMFile("\(files)/certificate.pem").map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(file: "\(files)/key.pem", format: .pem))
            )
        )
        let wasAsked = Mutex(false)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    try pipeline.addHandler(Listening { wasAsked.withLock { $0 = true } })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let door = ModelServerDoor(base: "https://127.0.0.1:\(server.localAddress?.port ?? 0)", apiKey: nil)
        let error = await #expect(throws: StatusError.self) {
            _ = try await door.get(Empty.self, "/", timeout: .seconds(20))
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("its certificate is not trusted") == true)
        #expect(!wasAsked.withLock { $0 })
        try await server.close()
    }

    /// Tells when a request comes out of the encryption.
    private final class Listening: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let hears: @Sendable () -> Void
        init(_ hears: @escaping @Sendable () -> Void) { self.hears = hears }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { hears() }
    }

    @Test func aHeaderCannotBeginAnother() async throws {
        let server = try ScriptedServer { _ in Self.stream(Self.wholeStream) }
        defer { server.stop() }
        let error = await #expect(throws: StatusError.self) {
            try await door(server).events("/", .object([:]), trace: "a\r\nb: c", timeout: .seconds(5)) { _ in true }
        }
        #expect(error?.message == "the trace has a character that no HTTP header may have")
        #expect(server.requests.isEmpty)
    }

    @Test(arguments: [
        ("http://a", "a", 80, false, "a"), ("http://a:81/b", "a", 81, false, "a:81"),
        ("https://a", "a", 443, true, "a"), ("HTTP://[::1]:82", "::1", 82, false, "[::1]:82"),
    ])
    func addressesAreRead(url: String, host: String, port: Int, isSecure: Bool, authority: String) throws {
        let address = try #require(URL(string: url).flatMap { ServerAddress(url: $0) })
        #expect(address.host == host && address.port == port && address.isSecure == isSecure)
        #expect(address.authority == authority)
    }

    @Test(arguments: ["ftp://a", "http://", "a:80", "http://a:0"])
    func whatIsNoAddressIsRefused(url: String) throws {
        #expect(URL(string: url).flatMap { ServerAddress(url: $0) } == nil)
    }
}
