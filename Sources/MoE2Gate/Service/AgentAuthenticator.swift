import MoE2Core
import MoE2Transport
import MoE2Wire

/// Decides whether an agent is the host that it says it is.
protocol AgentAuthenticator: Sendable {
    /// Fresh random bytes for the agent at `peer` to sign in its hello; empty when none are asked for.
    func makeChallenge(for peer: Peer) -> [UInt8]

    /// Checks a hello that came from `peer`.
    /// - Throws: `unauthenticated` or `permissionDenied` with the cause and the cure.
    func check(_ hello: HelloRequest, from peer: Peer) throws(StatusError)
}
