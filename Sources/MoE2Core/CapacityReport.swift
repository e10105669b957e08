/// What an agent measures and sends at start, on change and every few seconds.
public struct CapacityReport: Hashable, Sendable, Codable {
    /// Counts up with every report of a session, so that a late one is not taken for news.
    public var sequence: UInt64
    /// The host's experts.
    public var experts: [ExpertCapacity]
    /// The host's power at present, idle included.
    public var power: Power
    /// Where `power` comes from.
    public var powerSource: Provenance
    /// The hottest sensor in °C; nil when there is none.
    public var temperatureCelsius: Double?
    /// Whether the host slows itself down because of heat or power.
    public var throttled: Bool
    /// The power mode, such as `MAXN`; empty when unknown.
    public var powerMode: String
    /// Memory that is free, in bytes.
    public var freeMemoryBytes: UInt64
    /// The one-minute load average.
    public var loadAverage: Double
    /// The round trip to the gate that the agent measured; zero when not known yet.
    public var roundTrip: Duration

    /// A report with the given figures.
    public init(
        sequence: UInt64 = 0,
        experts: [ExpertCapacity] = [],
        power: Power = .zero,
        powerSource: Provenance = .unknown,
        temperatureCelsius: Double? = nil,
        throttled: Bool = false,
        powerMode: String = "",
        freeMemoryBytes: UInt64 = 0,
        loadAverage: Double = 0,
        roundTrip: Duration = .zero
    ) {
        self.sequence = sequence
        self.experts = experts
        self.power = power
        self.powerSource = powerSource
        self.temperatureCelsius = temperatureCelsius
        self.throttled = throttled
        self.powerMode = powerMode
        self.freeMemoryBytes = freeMemoryBytes
        self.loadAverage = loadAverage
        self.roundTrip = roundTrip
    }
}
