import MoE2Core
import MoE2Wire

/// Decides whether an agent is the host that it says it is.
protocol AgentAuthenticator: Sendable {
    /// Fresh random bytes for the agent to sign in its hello; empty when none are asked for.
    func makeChallenge() -> [UInt8]

    /// Checks a hello.
    /// - Throws: `unauthenticated` or `permissionDenied` with the cause and the cure.
    func check(_ hello: HelloRequest) throws(StatusError)
}
