import MoE2Core

/// What an agent signs to prove in a session who it is: TLS proves it to NNG only, which does not pass the name on.
enum HelloProof {
    private static let purpose = "moe2 agent hello, version 1"

    /// The bytes to sign: the purpose, so that the signature is worth nothing elsewhere, the challenge and the host.
    static func statement(challenge: [UInt8], host: HostID) -> [UInt8] {
        [Array(purpose.utf8), challenge, Array(host.rawValue.utf8)].flatMap { part in
            withUnsafeBytes(of: UInt32(part.count).bigEndian) { Array($0) } + part
        }
    }
}
