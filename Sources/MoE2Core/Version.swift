/// The version of all three programs.
public enum Version {
    /// The version, as `major.minor.patch`.
    public static let current = "0.1.0"
    /// The version of the wire protocol. A peer with another one is refused.
    public static let wireProtocol: UInt32 = 2
}
