import FoundationEssentials
import MoE2Core

/// A reply of a model server that is no success.
struct ServerRefusal {
    /// The HTTP status.
    var status: Int
    /// The reply's body.
    var text: String

    /// The refusal in words, for a server at `url`.
    func error(url: String) -> StatusError {
        let note = note
        if note.type == "exceed_context_size_error" || Self.isAboutContext(note.message) {
            return StatusError(
                .outOfRange,
                "the prompt is too long for the expert's context: \(note.message); shorten it, or use another expert"
            )
        }
        let says = note.message.isEmpty ? "" : ": \(note.message)"
        return switch status {
        case 400, 413, 422:
            StatusError(.invalidArgument, "the model server refused the request\(says)")
        case 401, 403:
            StatusError(
                .failedPrecondition,
                "the model server at \(url) refuses the agent's API key\(says); check 'api_key_file'"
            )
        case 404, 405, 501:
            StatusError(
                .failedPrecondition,
                "the model server at \(url) does not offer this (HTTP \(status))\(says); check 'url' and 'model'"
            )
        case 429:
            StatusError(.resourceExhausted, "the model server at \(url) is busy\(says)", retryAfter: .seconds(1))
        case 502, 503, 504:
            StatusError(.unavailable, "the model server at \(url) is not ready (HTTP \(status))\(says)")
        default:
            StatusError(.internal, "the model server at \(url) failed (HTTP \(status))\(says)")
        }
    }

    /// What the server says; every server has its own shape for it.
    private var note: (message: String, type: String) {
        guard let members = JSONTree(parsing: text)?.members else { return (Self.line(text), "") }
        let body = members["error"]?.members ?? members
        for key in ["message", "detail", "error"] {
            switch body[key] {
            case .string(let message): return (Self.line(message), Self.string(body["type"]))
            case .some(let other) where other != .null: return (Self.line(other.text), Self.string(body["type"]))
            default: continue
            }
        }
        return (Self.line(text), "")
    }

    private static func string(_ value: JSONTree?) -> String {
        if case .string(let text) = value { text } else { "" }
    }

    private static func line(_ text: String) -> String {
        String(text.prefix(300).map { $0.isNewline ? " " : $0 })
    }

    private static func isAboutContext(_ message: String) -> Bool {
        let message = message.lowercased()
        return message.contains("context length") || message.contains("context size")
            || message.contains("context window")
    }
}
