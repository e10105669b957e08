import MoE2Core

/// Proves to the gate that the agent is the host that it says it is.
protocol HelloSigner: Sendable {
    /// DER of the agent's certificate.
    var certificate: [UInt8] { get }

    /// Signs the gate's challenge for a hello of `host`.
    func sign(challenge: [UInt8], host: HostID) throws(StatusError) -> [UInt8]
}
