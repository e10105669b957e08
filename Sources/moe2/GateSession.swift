import ArgumentParser
import MoE2Client
import MoE2Core
import MoE2Transport

/// Runs a command's work against the gate: connects, turns errors into one line and an exit code, and cancels the work
/// on Ctrl-C.
enum GateSession {
    static func run(
        _ options: ConnectionOptions,
        _ work: @escaping @Sendable (any Caller) async throws -> Void
    ) async throws {
        do {
            let caller = try options.connect()
            let result = await InterruptHandler.run { try await work(caller) }
            await caller.close()
            try result.get()
        } catch let error as StatusError {
            StandardStreams.note("error: \(error.message)")
            throw ClientExit.code(for: error)
        } catch is CancellationError {
            StandardStreams.note("interrupted")
            throw ClientExit.interrupted
        }
    }
}
