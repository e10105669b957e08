import ArgumentParser
import MoE2Core

/// The exit codes of the client tool; `moe2 --help` and the README list them.
enum ClientExit {
    static let failed = ExitCode(1)
    static let invalidInput = ExitCode(2)
    static let noTeamFits = ExitCode(3)
    static let unreachable = ExitCode(4)
    static let notAllowed = ExitCode(5)
    static let tooLate = ExitCode(6)
    static let interrupted = ExitCode(130)

    /// The exit code for an error of the gate.
    static func code(for error: StatusError) -> ExitCode {
        switch error.code {
        case .invalidArgument, .outOfRange, .notFound, .alreadyExists, .unimplemented: invalidInput
        case .resourceExhausted: noTeamFits
        case .unavailable: unreachable
        case .unauthenticated, .permissionDenied: notAllowed
        case .deadlineExceeded: tooLate
        case .cancelled: interrupted
        default: failed
        }
    }
}
