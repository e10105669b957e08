import FoundationEssentials

/// Where a model server listens, taken from its URL.
struct ServerAddress: Hashable, Sendable {
    var host: String
    var port: Int
    var isSecure: Bool

    /// The address in `url`; nil when it is no HTTP URL with a host.
    init?(url: URL) {
        guard let host = url.host(percentEncoded: false), !host.isEmpty else { return nil }
        switch url.scheme?.lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: return nil
        }
        self.host = host
        port = url.port ?? (isSecure ? 443 : 80)
        guard (1...65_535).contains(port) else { return nil }
    }

    /// The value of the header `host`.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}
