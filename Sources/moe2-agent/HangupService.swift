import Logging
import MoE2Agent
import MoE2Core
import MoE2Logging
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again on SIGHUP and puts in force what can change while the agent runs: the log level.
/// Certificates come into force by themselves.
struct HangupService: Service {
    let level: LogLevel
    let logger: Logger
    /// Reads the configuration.
    let load: @Sendable () throws(StatusError) -> AgentConfiguration

    /// Waits for signals until a graceful shutdown begins.
    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do throws(StatusError) {
                let configuration = try load()
                try Agent.check(configuration)
                level.set(configuration.log.level)
                logger.notice("the configuration was read again; all but the log level needs a restart")
            } catch {
                logger.error("the configuration was not read again", metadata: ["why": "\(error.message)"])
            }
        }
    }
}
