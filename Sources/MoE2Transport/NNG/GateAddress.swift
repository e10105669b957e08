import MoE2Core

/// A URL such as `tls://gate.local:7700`, taken apart.
struct GateAddress: Hashable, Sendable {
    static let defaultPort = 7700

    let host: String
    let port: Int
    let isSecure: Bool

    /// Reads `text`; scheme and port may be left out.
    /// - Throws: `invalidArgument` that says what is wrong.
    init(_ text: String) throws(StatusError) {
        var rest = text[...]
        var secure = false
        if let scheme = rest.range(of: "://") {
            switch rest[..<scheme.lowerBound] {
            case "tcp": secure = false
            case "tls": secure = true
            default:
                throw StatusError(.invalidArgument, "'\(text)' is no gate address: it must begin with tcp:// or tls://")
            }
            rest = rest[scheme.upperBound...]
        }
        guard let (host, port) = Self.split(rest), !host.isEmpty, !host.contains("/"), (0...65535).contains(port) else {
            throw StatusError(
                .invalidArgument,
                "'\(text)' is no gate address; write it like tcp://gate.local:\(Self.defaultPort)"
            )
        }
        self.init(host: host, port: port, isSecure: secure)
    }

    private init(host: String, port: Int, isSecure: Bool) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
    }

    /// The whole URL, with the port.
    var url: String { "\(isSecure ? "tls" : "tcp")://\(authority)" }

    /// The same as NNG writes it.
    var streamURL: String { "\(isSecure ? "tls+tcp" : "tcp")://\(authority)" }

    private var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// The same with another port.
    func withPort(_ port: Int) -> GateAddress {
        GateAddress(host: host, port: port, isSecure: isSecure)
    }

    /// Host and port; an IPv6 address stands in brackets.
    private static func split(_ authority: Substring) -> (String, Int)? {
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let host = String(authority[authority.index(after: authority.startIndex)..<end])
            let port = authority[authority.index(after: end)...]
            if port.isEmpty { return (host, defaultPort) }
            return port.first == ":" ? Int(port.dropFirst()).map { (host, $0) } : nil
        }
        guard let colon = authority.lastIndex(of: ":") else { return (String(authority), defaultPort) }
        return Int(authority[authority.index(after: colon)...]).map { (String(authority[..<colon]), $0) }
    }
}

extension Substring {
    /// The first place of `needle`.
    fileprivate func range(of needle: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
            start = index(after: start)
        }
        return nil
    }
}
