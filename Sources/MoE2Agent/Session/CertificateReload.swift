import FoundationEssentials
import Logging
import MoE2Configuration
import MoE2Core
import MoE2Transport
import MoE2Trust

/// Puts renewed certificates in force while the agent runs: for its next hello and its next connection.
///
/// Files that do not belong together yet, because they are being copied, leave in force what was before.
struct CertificateReload: Sendable {
    private static let interval = Duration.seconds(2)
    private static let warningInterval = Duration.seconds(86_400)

    let tls: AgentConfiguration.TLS
    let client: ClientTLS
    let signer: CertifiedHello
    let caller: NNGCaller
    let logger: Logger

    /// Looks for changed files until the task is cancelled.
    func run() async {
        var watch = FileWatch([tls.certificate, tls.key, tls.ca] + [tls.revoked].compactMap { $0 })
        var warned: ContinuousClock.Instant?
        while !Task.isCancelled {
            if warned.map({ ContinuousClock.now - $0 >= Self.warningInterval }) ?? true {
                warned = .now
                warnOfTheEnd()
            }
            try? await Task.sleep(for: Self.interval)
            if watch.hasChanged() { load() }
        }
    }

    private func load() {
        do throws(StatusError) {
            let proof = try AgentProof(certificateFile: tls.certificate, keyFile: tls.key)
            try caller.reload(client)
            signer.replace(proof)
            logger.notice("certificate reloaded", metadata: ["until": "\(proof.own.expires.formatted(.iso8601))"])
        } catch {
            logger.error(
                "certificate not reloaded; the one before stays in force",
                metadata: ["why": "\(error.message)"]
            )
        }
    }

    private func warnOfTheEnd() {
        guard let proof = try? AgentProof(certificateFile: tls.certificate, keyFile: tls.key),
            let warning = proof.own.warning(at: Date())
        else { return }
        logger.warning("\(warning)")
    }
}
