import HTTPTypes
import MoE2Core

/// An error as the OpenAI API reports it: a status, a kind for programs and a message for people.
struct APIError: Error, Sendable {
    var status: HTTPResponse.Status
    /// The kind, such as `invalid_request_error`.
    var type: String
    /// What exactly, such as `model_not_found`; nil when the type says it all.
    var code: String?
    /// The parameter that is at fault.
    var param: String?
    var message: String
    var retryAfter: Duration?
    /// The smallest energy at which the query would have been admitted.
    var smallestEnergy: Energy?
    /// The smallest latency at which the query would have been admitted.
    var smallestLatency: Duration?

    init(
        _ status: HTTPResponse.Status,
        type: String = "invalid_request_error",
        code: String? = nil,
        param: String? = nil,
        _ message: String
    ) {
        self.status = status
        self.type = type
        self.code = code
        self.param = param
        self.message = message
    }

    /// A request that is wrong in `param`.
    static func invalid(_ param: String?, _ message: String, code: String? = nil) -> APIError {
        APIError(.badRequest, code: code, param: param, message)
    }

    /// Any error as the API reports it.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as StatusError: self.init(status: error)
        case is CancellationError: self.init(status: StatusError(.cancelled, "the client went away"))
        default: self.init(.internalServerError, type: "server_error", "something failed: \(Swift.type(of: error))")
        }
    }

    private init(status error: StatusError) {
        self.init(.internalServerError, type: "server_error", error.message)
        (status, type, code) = Self.kind(of: error)
        smallestEnergy = error.smallestEnergy
        smallestLatency = error.smallestLatency
        retryAfter = error.retryAfter
        if retryAfter == nil, status == .tooManyRequests || status == .serviceUnavailable { retryAfter = .seconds(1) }
    }

    private static func kind(of error: StatusError) -> (HTTPResponse.Status, String, String?) {
        switch error.code {
        case .invalidArgument: (.badRequest, "invalid_request_error", nil)
        case .outOfRange: (.badRequest, "invalid_request_error", "context_length_exceeded")
        case .unauthenticated: (.unauthorized, "invalid_request_error", "invalid_api_key")
        case .permissionDenied: (.forbidden, "permission_error", "insufficient_permissions")
        case .notFound: (.notFound, "invalid_request_error", "not_found")
        case .deadlineExceeded: (.requestTimeout, "timeout", "deadline_exceeded")
        case .resourceExhausted where error.smallestEnergy != nil || error.smallestLatency != nil:
            // The same request will not do better later, so clients must not be told to try it again.
            (.badRequest, "invalid_request_error", "budget_too_small")
        case .resourceExhausted: (.tooManyRequests, "rate_limit_error", "rate_limit_exceeded")
        case .unavailable: (.serviceUnavailable, "server_error", "service_unavailable")
        case .unimplemented: (.notImplemented, "invalid_request_error", "not_implemented")
        case .alreadyExists, .failedPrecondition, .aborted: (.conflict, "invalid_request_error", "conflict")
        case .cancelled: (Self.clientClosedRequest, "client_closed_request", nil)
        case .ok, .unknown, .internal, .dataLoss: (.internalServerError, "server_error", nil)
        }
    }

    /// What nginx logs when a client goes away; nobody receives it.
    static let clientClosedRequest = HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")

    /// The JSON body.
    var body: [UInt8] { JSONWriter.object { write(to: &$0) } }

    /// Writes the member `error`.
    func write(to writer: inout JSONWriter) {
        writer.object("error") { writer in
            writer.member("message", message)
            writer.member("type", type)
            if let param { writer.member("param", param) } else { writer.null("param") }
            if let code { writer.member("code", code) } else { writer.null("code") }
            guard smallestEnergy != nil || smallestLatency != nil else { return }
            writer.object("moe2") { writer in
                if let smallestEnergy { writer.member("smallest_energy_j", smallestEnergy.joules) }
                if let smallestLatency { writer.member("smallest_latency_ms", smallestLatency.milliseconds) }
            }
        }
    }
}
