import ArgumentParser
import MoE2Configuration
import MoE2Core

/// Runs a command's work on local files: turns errors into one line and an exit code.
enum LocalWork {
    static func run(_ work: () throws -> Void) throws {
        do {
            try work()
        } catch let error as StatusError {
            StandardStreams.note("error: \(error.message)")
            throw ClientExit.code(for: error)
        } catch let error as ConfigurationError {
            StandardStreams.note("error: \(error.message)")
            throw ClientExit.invalidInput
        }
    }
}
