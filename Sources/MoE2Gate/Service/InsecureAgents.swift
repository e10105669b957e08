import MoE2Core
import MoE2Wire

/// Believes every agent: what `insecure: true` asks for.
struct InsecureAgents: AgentAuthenticator {
    func makeChallenge() -> [UInt8] { [] }
    func check(_ hello: HelloRequest) throws(StatusError) {}
}
