public import MoE2Core

/// What an agent reports of its host's power.
public struct EnergyStatus: Hashable, Sendable {
    /// The power at present, idle included.
    public var power: Power
    /// Where `power` comes from.
    public var source: Provenance
    /// The power while no shard runs.
    public var idlePower: Power
    /// The hottest sensor in °C; nil when there is none.
    public var temperatureCelsius: Double?
    /// Whether the host slows itself down because of heat or power.
    public var isThrottled: Bool
    /// The power mode, such as `MAXN`; empty when unknown.
    public var powerMode: String
    /// Why the meter gives no figure at present; nil when it does.
    public var problem: String?

    /// A status of a host about which nothing is known yet.
    public init() {
        power = .zero
        source = .unknown
        idlePower = .zero
        isThrottled = false
        powerMode = ""
    }
}
