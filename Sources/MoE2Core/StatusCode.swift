/// How a call ended. The numbers are gRPC's, so that every tool that knows gRPC reads them.
public enum StatusCode: UInt32, Hashable, Sendable, Codable, CaseIterable {
    /// The call succeeded.
    case ok = 0
    /// The caller gave up on the call.
    case cancelled = 1
    /// Something failed that no other code describes.
    case unknown = 2
    /// The request itself is wrong; sending it again cannot help.
    case invalidArgument = 3
    /// The time allowed ran out.
    case deadlineExceeded = 4
    /// What was asked for does not exist.
    case notFound = 5
    /// What was to be made exists already.
    case alreadyExists = 6
    /// The caller is known, but may not do this.
    case permissionDenied = 7
    /// A limit is reached: a queue is full, or no team fits the budgets.
    case resourceExhausted = 8
    /// The system is not in a state in which the call makes sense.
    case failedPrecondition = 9
    /// The call was given up because of a conflict; start it again from the top.
    case aborted = 10
    /// A value lies outside what is allowed, such as a prompt longer than the context.
    case outOfRange = 11
    /// The method or feature is not there.
    case unimplemented = 12
    /// An invariant broke.
    case `internal` = 13
    /// The other side cannot be reached at present; trying again may help.
    case unavailable = 14
    /// Data is lost or damaged.
    case dataLoss = 15
    /// The caller did not prove who it is.
    case unauthenticated = 16

    /// The name that gRPC's documentation uses, such as `DEADLINE_EXCEEDED`.
    public var name: String {
        switch self {
        case .ok: "OK"
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }
}
