import Glibc
import MoE2Core
import Synchronization

/// A peer that writes whatever bytes it is told to.
final class RawPeer: Sendable {
    private let descriptor: Int32
    private let bytes = Mutex<[UInt8]>([])

    /// Connects to `port` of this machine.
    init(port: Int) throws(StatusError) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(UInt16(port)).bigEndian
        name.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw StatusError(.unavailable, "cannot connect: \(errno)") }
    }

    deinit { close(descriptor) }

    /// Everything that came so far.
    var received: [UInt8] { bytes.withLock { $0 } }

    /// Writes what there is room for, without waiting.
    /// - Returns: how many bytes that were.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Int {
        max(0, send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)))
    }

    /// Whether the other side has closed the connection; reads what came before that.
    func isClosed() -> Bool {
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &piece, piece.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return count == 0 || errno == ECONNRESET }
            bytes.withLock { $0 += piece[..<count] }
        }
    }
}
