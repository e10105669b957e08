import Logging
import MoE2Core
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again on SIGHUP and puts in force what can change while the service runs.
struct HangupService: Service {
    let logger: Logger
    /// Reads and checks the configuration, and puts it in force.
    let reload: @Sendable () async throws(StatusError) -> Void

    /// Waits for signals until a graceful shutdown begins.
    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do throws(StatusError) {
                try await reload()
                logger.notice("the configuration was read again")
            } catch {
                logger.error("the configuration was not read again", metadata: ["why": "\(error.message)"])
            }
        }
    }
}
