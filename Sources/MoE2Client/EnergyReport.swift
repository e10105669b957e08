public import MoE2Core

/// What `moe2 energy` shows.
public enum EnergyReport {
    /// The lines as a table with a total.
    public static func render(_ rows: [EnergyRow], by grouping: EnergyGrouping) -> String {
        guard !rows.isEmpty else { return "Nothing was spent in this time." }
        let countsQueries = grouping == .client || grouping == .day
        var table = TextTable(
            [grouping.description] + (countsQueries ? ["answered", "failed"] : [])
                + ["shards", "tokens read", "tokens written", "energy", "measured", "p90 time", "p90 energy", "error"],
            rightAligned: Set(1...10)
        )
        for row in rows { table.add(cells(row, countsQueries)) }
        if rows.count > 1 { table.add(cells(total(rows), countsQueries)) }
        return table.rendered()
    }

    /// The sum of all lines.
    static func total(_ rows: [EnergyRow]) -> EnergyRow {
        rows.reduce(into: EnergyRow(name: "in all")) { sum, row in
            sum.answered += row.answered
            sum.failed += row.failed
            sum.shards += row.shards
            sum.promptTokens += row.promptTokens
            sum.completionTokens += row.completionTokens
            sum.energy += row.energy
            sum.measuredEnergy += row.measuredEnergy
            sum.calibration = sum.calibration + row.calibration
        }
    }

    private static func cells(_ row: EnergyRow, _ countsQueries: Bool) -> [String] {
        let share = row.energy > .zero ? row.measuredEnergy.joules / row.energy.joules : 0
        return [row.name] + (countsQueries ? ["\(row.answered)", "\(row.failed)"] : [])
            + [
                "\(row.shards)", "\(row.promptTokens)", "\(row.completionTokens)", Display.energy(row.energy),
                Display.percent(share), percent(row.calibration.latencyCoverage),
                percent(row.calibration.energyCoverage), percent(row.calibration.energyError),
            ]
    }

    private static func percent(_ share: Double?) -> String { share.map(Display.percent) ?? "–" }
}
