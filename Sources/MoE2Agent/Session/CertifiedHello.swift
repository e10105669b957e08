import MoE2Core
import MoE2Trust
import Synchronization

/// Signs hellos with the agent's certificate; a renewed one may take its place.
final class CertifiedHello: HelloSigner {
    private let proof: Mutex<AgentProof>

    init(_ proof: AgentProof) { self.proof = Mutex(proof) }

    var certificate: [UInt8] { proof.withLock { $0 }.certificate }

    func sign(challenge: [UInt8], host: HostID) throws(StatusError) -> [UInt8] {
        let proof = proof.withLock { $0 }
        return try proof.sign(challenge: challenge, host: host)
    }

    /// Signs with `proof` from now on.
    func replace(_ proof: AgentProof) { self.proof.withLock { $0 = proof } }
}
