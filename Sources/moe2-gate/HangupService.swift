import Logging
import MoE2Core
import MoE2Gate
import MoE2Logging
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again on SIGHUP and puts in force what can change while the gate runs.
struct HangupService: Service {
    let gate: Gate
    let level: LogLevel
    let logger: Logger
    /// Reads the configuration.
    let load: @Sendable () throws(StatusError) -> GateConfiguration

    /// Waits for signals until a graceful shutdown begins.
    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do throws(StatusError) {
                let configuration = try load()
                try Gate.check(configuration)
                level.set(configuration.log.level)
                await gate.reload(configuration)
                logger.notice("the configuration was read again")
            } catch {
                logger.error("the configuration was not read again", metadata: ["why": "\(error.message)"])
            }
        }
    }
}
