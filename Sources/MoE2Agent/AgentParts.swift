import Logging
import MoE2Backends
import MoE2Core
import MoE2Transport

/// The agent's parts, wired. Knows no files and no sockets of the gate: tests run it whole.
struct AgentParts: Sendable {
    let host: HostReporter
    let sessions: SessionLoop

    init(host: HostReporter, caller: any Caller, signer: (any HelloSigner)?, logger: Logger) {
        self.host = host
        sessions = SessionLoop(
            host: host,
            caller: caller,
            signer: signer,
            executor: ModelServerLoop.executor,
            logger: logger
        )
    }

    /// Runs the model servers and the session until the task is cancelled; then the servers have ended.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await host.energy.run() }
            group.addTask { await sessions.run() }
            for expert in host.experts {
                group.addTask { await expert.backend.run() }
                group.addTask { await watch(expert) }
            }
        }
    }

    /// Passes the news of a model server on, and tries it when it becomes ready.
    private func watch(_ expert: ExpertRunner) async {
        var wasReady = false
        for await _ in expert.backend.statusChanges {
            let isReady = expert.backend.status.state == .ready
            if isReady, !wasReady, expert.setup.warmUp { _ = await WarmUp(expert: expert, energy: host.energy).run() }
            wasReady = isReady
            sessions.news.set()
        }
    }
}
