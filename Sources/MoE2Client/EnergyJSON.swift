public import MoE2Core

/// What `moe2 energy --json` prints: one object. Energies are in joules.
public struct EnergyJSON: Codable, Sendable, Equatable {
    /// A line.
    public struct Line: Codable, Sendable, Equatable {
        public var name: String
        public var answered: Int
        public var failed: Int
        public var shards: Int
        public var promptTokens: Int
        public var completionTokens: Int
        public var energyJ: Double
        public var measuredJ: Double
        public var calibration: CalibrationJSON
    }

    public var by: String
    public var rows: [Line]

    /// The JSON form of `rows`.
    public init(_ rows: [EnergyRow], by grouping: EnergyGrouping) {
        by = grouping.description
        self.rows = rows.map { row in
            Line(
                name: row.name,
                answered: row.answered,
                failed: row.failed,
                shards: row.shards,
                promptTokens: row.promptTokens,
                completionTokens: row.completionTokens,
                energyJ: row.energy.joules,
                measuredJ: row.measuredEnergy.joules,
                calibration: CalibrationJSON(row.calibration)
            )
        }
    }
}
