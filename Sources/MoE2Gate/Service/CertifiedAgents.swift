import FoundationEssentials
import MoE2Core
import MoE2Transport
import MoE2Trust
import MoE2Wire
import Synchronization

/// Believes agents that prove with their certificate's key that they are the host they say they are.
final class CertifiedAgents: AgentAuthenticator {
    private struct State {
        var verifier: CertificateVerifier
        var challenges = ChallengeBook()
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> Date

    /// Agents whose certificates `verifier` finds good. `now` is the wall clock.
    init(_ verifier: CertificateVerifier, now: @escaping @Sendable () -> Date = { Date() }) {
        state = Mutex(State(verifier: verifier))
        self.now = now
    }

    /// Goes by `verifier` from now on.
    func replace(_ verifier: CertificateVerifier) { state.withLock { $0.verifier = verifier } }

    func makeChallenge(for peer: Peer) -> [UInt8] {
        let time = now()
        return state.withLock { $0.challenges.challenge(for: peer.id, at: time) }
    }

    /// The costly part, the signatures, comes outside the lock and before the challenge is used up: only who holds an
    /// agent's key can make the gate remember anything.
    func check(_ hello: HelloRequest, from peer: Peer) throws(StatusError) {
        let time = now()
        guard !hello.certificate.isEmpty else {
            throw StatusError(.unauthenticated, "the hello has no certificate: give the agent one under 'tls'")
        }
        let verifier = state.withLock { $0.verifier }
        try verifier.checkHello(
            of: hello.host.id,
            certificate: hello.certificate,
            challenge: hello.challenge,
            signature: hello.signature,
            at: time
        )
        try state.withLock { state -> Result<Void, StatusError> in
            Result { () throws(StatusError) in
                try state.challenges.use(hello.challenge, by: peer.id, at: time)
            }
        }.get()
    }
}
