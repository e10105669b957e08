import CNNG

/// An address of NNG in words.
enum PeerAddress {
    /// Such as `192.168.1.7:51234`.
    static func text(_ address: nng_sockaddr) -> String {
        guard address.s_family == UInt16(NNG_AF_INET.rawValue) else { return "family \(address.s_family)" }
        return withUnsafeBytes(of: address.s_in.sa_addr) { bytes in
            "\(bytes[0]).\(bytes[1]).\(bytes[2]).\(bytes[3]):\(UInt16(bigEndian: address.s_in.sa_port))"
        }
    }
}
