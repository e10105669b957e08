import MoE2Core

/// A URL such as `ws://gate.local:7700/moe2`, taken apart.
struct GateAddress: Hashable, Sendable {
    static let defaultPort = 7700
    static let standardPath = "/moe2"

    let host: String
    let port: Int
    let isSecure: Bool
    private let path: String

    /// Reads `text`; scheme, port and path may be left out.
    /// - Throws: `invalidArgument` that says what is wrong.
    init(_ text: String) throws(StatusError) {
        var rest = text[...]
        var secure = false
        if let scheme = rest.range(of: "://") {
            switch rest[..<scheme.lowerBound] {
            case "ws": secure = false
            case "wss": secure = true
            default:
                throw StatusError(.invalidArgument, "'\(text)' is no gate address: it must begin with ws:// or wss://")
            }
            rest = rest[scheme.upperBound...]
        }
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        guard let (host, port) = Self.split(authority), !host.isEmpty, (0...65535).contains(port) else {
            throw StatusError(
                .invalidArgument,
                "'\(text)' is no gate address; write it like ws://gate.local:\(Self.defaultPort)"
            )
        }
        self.init(host: host, port: port, isSecure: secure, path: path.count > 1 ? String(path) : Self.standardPath)
    }

    private init(host: String, port: Int, isSecure: Bool, path: String) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
        self.path = path
    }

    /// The whole URL, with port and path.
    var url: String {
        "\(isSecure ? "wss" : "ws")://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
    }

    /// The same with another port.
    func withPort(_ port: Int) -> GateAddress {
        GateAddress(host: host, port: port, isSecure: isSecure, path: path)
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
