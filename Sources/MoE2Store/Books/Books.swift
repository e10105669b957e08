import GRDB
public import MoE2Core

/// Reads the books.
public struct Books: Sendable {
    private let store: Store

    /// The books in `store`.
    public init(_ store: Store) { self.store = store }

    /// The energy since `since` (Unix seconds; rounded down to the hour), added up by `grouping`, largest first; days in
    /// their order.
    /// - Throws: ``StatusError`` when the file cannot be read.
    public func energy(by grouping: EnergyGrouping, since: Double) async throws(StatusError) -> [EnergyRow] {
        let hour = BookRows.hour(since)
        return try await read { database in
            var rows: [String: EnergyRow] = [:]
            for row in try Row.fetchAll(database, sql: Self.energySQL(grouping), arguments: [hour]) {
                let name: String = row["name"]
                rows[name] = EnergyRow(row, name: name)
            }
            if let sql = Self.countSQL(grouping) {
                for row in try Row.fetchAll(database, sql: sql, arguments: [hour]) {
                    let name: String = row["name"]
                    rows[name, default: EnergyRow(name: name)].answered = row["answered"]
                    rows[name]?.failed = row["failed"]
                }
            }
            return grouping == .day
                ? rows.values.sorted { $0.name < $1.name }
                : rows.values.sorted { ($1.energy, $0.name) < ($0.energy, $1.name) }
        }
    }

    /// The largest plan number; 0 when there is no plan. A gate that restarts counts on from it.
    /// - Throws: ``StatusError`` when the file cannot be read.
    public func lastPlanNumber() throws(StatusError) -> UInt64 {
        do {
            return try store.database.read { database in
                UInt64(clamping: try Int64.fetchOne(database, sql: "SELECT MAX(number) FROM plan") ?? 0)
            }
        } catch {
            throw Store.explained(error, store.path)
        }
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StatusError) -> Value {
        do {
            return try await store.database.read(body)
        } catch is CancellationError {
            throw StatusError(.cancelled, "the caller gave up")
        } catch {
            throw Store.explained(error, store.path)
        }
    }

    private static func energySQL(_ grouping: EnergyGrouping) -> String {
        """
        SELECT \(column(grouping)) AS name, SUM(shards) AS shards, SUM(prompt_tokens) AS prompt_tokens,
            SUM(completion_tokens) AS completion_tokens, SUM(energy_j) AS energy_j, SUM(measured_j) AS measured_j,
            SUM(compared) AS compared, SUM(within_latency_p90) AS within_latency_p90,
            SUM(within_energy_p90) AS within_energy_p90, SUM(predicted_j) AS predicted_j,
            SUM(reported_j) AS reported_j, SUM(error_j) AS error_j
        FROM energy WHERE hour >= ? GROUP BY 1
        """
    }

    private static func countSQL(_ grouping: EnergyGrouping) -> String? {
        guard grouping == .client || grouping == .day else { return nil }
        return """
            SELECT \(column(grouping)) AS name, SUM(answered) AS answered, SUM(failed) AS failed
            FROM query_count WHERE hour >= ? GROUP BY 1
            """
    }

    private static func column(_ grouping: EnergyGrouping) -> String {
        switch grouping {
        case .host: "host"
        case .expert: "expert"
        case .client: "client"
        case .day: "date(hour * 3600, 'unixepoch')"
        }
    }
}

extension EnergyRow {
    fileprivate init(_ row: Row, name: String) {
        self.init(
            name: name,
            shards: row["shards"],
            promptTokens: row["prompt_tokens"],
            completionTokens: row["completion_tokens"],
            energy: .joules(row["energy_j"]),
            measuredEnergy: .joules(row["measured_j"]),
            calibration: CostCalibration(
                shards: row["compared"],
                withinLatencyP90: row["within_latency_p90"],
                withinEnergyP90: row["within_energy_p90"],
                predictedEnergy: .joules(row["predicted_j"]),
                reportedEnergy: .joules(row["reported_j"]),
                absoluteEnergyError: .joules(row["error_j"])
            )
        )
    }
}
