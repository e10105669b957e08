import MoE2Core
import MoE2Transport
import MoE2Wire

/// Believes every agent: what `insecure: true` asks for.
struct InsecureAgents: AgentAuthenticator {
    func makeChallenge(for peer: Peer) -> [UInt8] { [] }
    func check(_ hello: HelloRequest, from peer: Peer) throws(StatusError) {}
}
