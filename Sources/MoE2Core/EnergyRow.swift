/// One line of the energy books.
public struct EnergyRow: Hashable, Sendable, Codable {
    /// The host, expert, client or day (`2026-11-25`) that it sums up.
    public var name: String
    /// Queries that were answered; 0 for a host or an expert, whose shards may be pieces of one query.
    public var answered: Int
    /// Queries that were refused or failed.
    public var failed: Int
    /// Shards that were executed, failed ones included.
    public var shards: Int
    /// Prompt tokens that were read.
    public var promptTokens: Int
    /// Tokens that were written.
    public var completionTokens: Int
    /// Energy above the hosts' idle baseline.
    public var energy: Energy
    /// The part of `energy` that was read from a meter; the rest is modelled.
    public var measuredEnergy: Energy
    /// How good the cost model's predictions were.
    public var calibration: CostCalibration

    /// A line called `name` with these sums.
    public init(
        name: String,
        answered: Int = 0,
        failed: Int = 0,
        shards: Int = 0,
        promptTokens: Int = 0,
        completionTokens: Int = 0,
        energy: Energy = .zero,
        measuredEnergy: Energy = .zero,
        calibration: CostCalibration = CostCalibration()
    ) {
        self.name = name
        self.answered = answered
        self.failed = failed
        self.shards = shards
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.energy = energy
        self.measuredEnergy = measuredEnergy
        self.calibration = calibration
    }
}
