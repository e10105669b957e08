import Dispatch
import Glibc

/// Cancels work on Ctrl-C or SIGTERM, so that the gate hears of it and stops the shards.
enum InterruptHandler {
    /// Runs `work`; its task is cancelled when a signal comes. A second signal ends the process at once.
    static func run(_ work: @escaping @Sendable () async throws -> Void) async -> Result<Void, any Error> {
        let task = Task { try await work() }
        signal(SIGPIPE, SIG_IGN)
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                if task.isCancelled { _exit(128 + number) }
                task.cancel()
            }
            source.activate()
            return source
        }
        let result = await task.result
        for source in sources { source.cancel() }
        return result
    }
}
