/// What every service of MoE² is configured with.
public protocol ServiceConfiguration: Decodable, Sendable {
    /// How the names of the environment variables begin that override its keys.
    static var environmentPrefix: String { get }
    /// What is logged and how.
    var log: LogConfiguration { get }
}
