import MoE2Trust

extension AgentProof: HelloSigner {}
