import Foundation
import Glibc
import MoE2Core
import Synchronization

/// An HTTP server that answers as it is told: for what no model server that runs here does, such as vLLM's replies or
/// damaged ones.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        var head: String
        var body: String
        /// The number of its connection, from 0 on.
        var connection: Int
        /// Method and path.
        var line: String { String(head.prefix { $0 != "\r\n" }) }
    }

    let port: Int
    private let descriptor: Int32
    private let received = Received()

    /// The requests so far.
    var requests: [Request] { received.all }

    /// A server on a free port of 127.0.0.1. `answer` gives the whole reply; nil leaves the client waiting until it goes. A
    /// connection is good for so many `requests`.
    init(requests: Int = 1, _ answer: @escaping @Sendable (Request) -> [UInt8]?) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound, listen(descriptor, 64) == 0 else { throw StatusError(.unavailable, "no port") }
        port = Int(UInt16(bigEndian: address.sin_port))
        let received = received
        Thread.detachNewThread {
            for connection in 0... {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else {
                    // Closed here only: another server's socket might have the same number soon.
                    close(descriptor)
                    return
                }
                Thread.detachNewThread {
                    defer { close(client) }
                    for _ in 0..<requests {
                        guard let request = Self.read(client, connection) else { return }
                        received.add(request)
                        var byte: UInt8 = 0
                        guard let reply = answer(request) else {
                            _ = recv(client, &byte, 1, 0)
                            return received.left(connection)
                        }
                        _ = reply.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                    }
                }
            }
        }
    }

    /// Connections whose client left while it waited.
    var left: Set<Int> { received.allLeft }

    var url: String { "http://127.0.0.1:\(port)" }

    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// A reply with a JSON body.
    static func json(_ body: String, status: String = "200 OK") -> [UInt8] {
        Array(
            "HTTP/1.1 \(status)\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
                .utf8
        )
    }

    /// A reply with a stream of events; ends with the connection.
    static func events(_ data: [UInt8]) -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".utf8) + data
    }

    private static func read(_ client: Int32, _ connection: Int) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound]
                let length =
                    head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                if text[end.upperBound...].utf8.count >= length {
                    return Request(
                        head: String(head),
                        body: String(text[end.upperBound...]),
                        connection: connection
                    )
                }
            }
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }
}

/// The requests that a server got.
private final class Received: Sendable {
    private let requests = Mutex<[ScriptedServer.Request]>([])
    func add(_ request: ScriptedServer.Request) { requests.withLock { $0.append(request) } }
    var all: [ScriptedServer.Request] { requests.withLock { $0 } }

    private let gone = Mutex<Set<Int>>([])
    func left(_ connection: Int) { gone.withLock { _ = $0.insert(connection) } }
    var allLeft: Set<Int> { gone.withLock { $0 } }
}
