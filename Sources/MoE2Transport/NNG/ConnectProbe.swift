import Dispatch
import Glibc

/// Finds out why a gate cannot be reached, in words that name the cure: NNG has one word for it.
enum ConnectProbe {
    private static let limit: Int32 = 1500

    /// The cause and the cure, in words.
    static func cause(_ address: GateAddress) async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: blockingCause(address)) }
        }
    }

    private static func blockingCause(_ address: GateAddress) -> String {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let resolved = getaddrinfo(address.host, "\(address.port)", &hints, &found)
        guard resolved == 0, let found else {
            return "the name '\(address.host)' is not known (\(String(cString: gai_strerror(resolved)))); check it"
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(found.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        defer { Glibc.close(descriptor) }
        if connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 { return noGate(address) }
        guard errno == EINPROGRESS else { return refused(errno, address) }
        var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&poller, 1, limit) > 0 else {
            return "no answer from \(address.host); check the address, the network and the firewall"
        }
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size)
        return failure == 0 ? noGate(address) : refused(failure, address)
    }

    private static func refused(_ code: Int32, _ address: GateAddress) -> String {
        code == ECONNREFUSED
            ? "connection refused; is moe2-gate running there, on port \(address.port)?"
            : String(cString: strerror(code))
    }

    private static func noGate(_ address: GateAddress) -> String {
        """
        something listens there, but it does not speak this protocol over \(address.isSecure ? "tls://" : "tcp://"); check \
        the port, tcp:// or tls://, and the certificates
        """
    }
}
