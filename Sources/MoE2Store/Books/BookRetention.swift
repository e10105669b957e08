import GRDB

/// Removes what is older than the books are to keep.
enum BookRetention {
    /// Rows removed in one transaction, so that the writer is never held for long.
    private static let batchSize = 5000
    /// The hourly sums are small and are kept this many times as long as the rows.
    static let sumsFactor = 12.0

    /// Removes queries, shards and replaced plans that ended before `oldest` (Unix seconds).
    /// - Returns: the rows removed; more than 0 means that there may be more.
    static func prune(_ database: Database, before oldest: Double) throws -> Int {
        var removed = 0
        for table in ["query", "shard"] {
            try database.execute(
                sql: """
                    DELETE FROM \(table) WHERE number IN
                        (SELECT number FROM \(table) WHERE ended < ? ORDER BY ended LIMIT \(batchSize))
                    """,
                arguments: [oldest]
            )
            removed += database.changesCount
        }
        // The plan in force stays, however old.
        try database.execute(
            sql: """
                DELETE FROM plan WHERE made < ? AND number NOT IN (SELECT MAX(number) FROM plan GROUP BY category)
                """,
            arguments: [oldest]
        )
        return removed
    }

    /// Removes the sums of hours before `hour`.
    static func pruneSums(_ database: Database, beforeHour hour: Int) throws {
        for table in ["energy", "query_count"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE hour < ?", arguments: [hour])
        }
    }
}
