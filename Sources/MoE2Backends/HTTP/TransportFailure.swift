import MoE2Core
import NIOCore

/// What may go wrong between the agent and a model server.
struct TransportFailure {
    private let error: any Error

    init(_ error: any Error) { self.error = error }

    /// The failure in words, for a server at `url`.
    func error(url: String) -> StatusError {
        switch error {
        case ConnectionFailure.deadlineExceeded:
            return StatusError(.deadlineExceeded, "the model server at \(url) did not answer in time")
        case ConnectionFailure.closed:
            return StatusError(.unavailable, "the model server at \(url) closed the connection; it may have crashed")
        case ChannelError.connectTimeout:
            return unreachable(url, "no answer", "check the address and the network")
        default:
            break
        }
        let text = "\(error)"
        if text.contains("refused") {
            return unreachable(url, "connection refused", "is the server running there?")
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return unreachable(url, "its certificate is not trusted", "add its authority to those that this host knows")
        }
        return unreachable(url, String(text.prefix(200).filter { !$0.isNewline }), "is it an HTTP server?")
    }

    private func unreachable(_ url: String, _ cause: String, _ cure: String) -> StatusError {
        StatusError(.unavailable, "cannot talk to the model server at \(url): \(cause); \(cure)")
    }
}
