public import MoE2Core

/// What a meter says at one moment.
public struct PowerReading: Hashable, Sendable {
    /// The power now; nil when the meter only counts energy.
    public var power: Power?
    /// Energy counted since some moment in the past; nil when the meter only tells the power. It grows, unless the
    /// counter starts again.
    public var energy: Energy?
    /// The hottest sensor in °C; nil when there is none.
    public var temperatureCelsius: Double?
    /// Whether the host slows itself down because of heat or power.
    public var isThrottled: Bool
    /// The power mode, such as `MAXN`; empty when unknown.
    public var powerMode: String

    /// A reading with the given figures.
    public init(
        power: Power? = nil,
        energy: Energy? = nil,
        temperatureCelsius: Double? = nil,
        isThrottled: Bool = false,
        powerMode: String = ""
    ) {
        self.power = power
        self.energy = energy
        self.temperatureCelsius = temperatureCelsius
        self.isThrottled = isThrottled
        self.powerMode = powerMode
    }
}
