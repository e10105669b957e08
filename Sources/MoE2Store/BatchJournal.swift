import FoundationEssentials
import GRDB
public import MoE2Core

/// What is known of every batch, on disk: a gate that is killed goes on where it was. Every result is a transaction of its
/// own, so nothing that was finished is ever done again.
public struct BatchJournal: Sendable {
    /// A batch in the journal.
    public struct Entry: Sendable {
        /// Names the batch in the journal.
        public var key: Int64
        /// What was ordered.
        public var order: BatchOrder
        /// Who ordered it.
        public var client: String
        /// Where it is in its life, with its counts and costs.
        public var status: BatchStatus
        /// When it must be done, in Unix seconds; nil when it has no time limit or is not complete yet.
        public var due: Double?
        /// Whether its lines were given to experts.
        public var isPlanned: Bool
    }

    /// A line that has no result.
    public struct OpenLine: Sendable {
        /// Its place in the batch, counted from 0.
        public var number: Int
        /// Who is to take it; nil when a team answers it.
        public var expert: ExpertID?
        /// Who takes it when the expert cannot, best first.
        public var alternatives: [ExpertID]
        /// How many of `alternatives`, from the front, may take it even when the expert could.
        public var peers: Int

        /// A line with these parts.
        public init(number: Int, expert: ExpertID?, alternatives: [ExpertID] = [], peers: Int = 0) {
            self.number = number
            self.expert = expert
            self.alternatives = alternatives
            self.peers = peers
        }
    }

    private let store: Store

    /// The journal in `store`.
    public init(_ store: Store) { self.store = store }

    // MARK: Orders

    /// Enters an order; one that is there already is left as it is.
    public func enter(_ order: BatchOrder, client: String, now: Double) throws(StatusError) -> Entry {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO batch (id, client, lines, energy_limit, time_limit, trade, state, created)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (client, id) DO NOTHING
                    """,
                arguments: [
                    order.id.rawValue, client, order.lines, order.energyLimit?.joules, order.timeLimit?.seconds,
                    order.trade, BatchStatus.State.receiving.rawValue, now,
                ]
            )
            return try Self.entry(database, id: order.id, client: client)
        }.found(order.id)
    }

    /// The batch called `id` of `client`; nil when there is none.
    public func entry(_ id: BatchID, client: String) throws(StatusError) -> Entry? {
        try read { try Self.entry($0, id: id, client: client) }
    }

    /// The newest batches of `client`, at most `limit`.
    public func entries(of client: String, limit: Int) throws(StatusError) -> [Entry] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM batch WHERE client = ? ORDER BY key DESC LIMIT ?",
                arguments: [client, limit]
            ).map { try Self.entry(database, $0) }
        }
    }

    /// The batches that were being worked on, oldest first.
    public func unfinished() throws(StatusError) -> [Entry] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM batch WHERE state = ? ORDER BY key",
                arguments: [BatchStatus.State.running.rawValue]
            ).map { try Self.entry(database, $0) }
        }
    }

    /// Batches that are not over, of all clients.
    public func openBatches() throws(StatusError) -> Int {
        try read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT count(*) FROM batch WHERE state IN (?, ?)",
                arguments: [BatchStatus.State.receiving.rawValue, BatchStatus.State.running.rawValue]
            ) ?? 0
        }
    }

    // MARK: Lines

    /// Adds the packed queries of consecutive lines from `first` on; those that are there already are skipped.
    /// - Returns: how many lines the batch has now.
    public func append(_ queries: [[UInt8]], to key: Int64, first: Int) throws(StatusError) -> Int {
        try write { database in
            let received = try Self.received(database, key)
            guard first <= received else {
                throw StatusError(
                    .outOfRange,
                    "line \(first + 1) was sent before line \(received + 1); send the missing lines first"
                )
            }
            let statement = try database.cachedStatement(
                sql: "INSERT INTO batch_line (batch, number, query) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            )
            for (offset, query) in queries.enumerated() where first + offset >= received {
                try statement.execute(arguments: [key, first + offset, Data(query)])
            }
            return max(received, first + queries.count)
        }
    }

    /// Every line is here: the work may begin. `due` is when it must be done, in Unix seconds.
    public func seal(_ key: Int64, due: Double?) throws(StatusError) {
        try write { database in
            try database.execute(
                sql: "UPDATE batch SET state = ?, due = ? WHERE key = ? AND state = ?",
                arguments: [
                    BatchStatus.State.running.rawValue, due, key, BatchStatus.State.receiving.rawValue,
                ]
            )
        }
    }

    /// Packed queries of consecutive lines from `first` on, at most `limit`.
    public func queries(of key: Int64, first: Int, limit: Int) throws(StatusError) -> [[UInt8]] {
        try read { database in
            try Data.fetchAll(
                database,
                sql: "SELECT query FROM batch_line WHERE batch = ? AND number >= ? ORDER BY number LIMIT ?",
                arguments: [key, first, limit]
            ).map { Array($0) }
        }
    }

    /// Writes down who is to take which line.
    public func assign(_ lines: [OpenLine], of key: Int64) throws(StatusError) {
        try write { database in
            let statement = try database.cachedStatement(
                sql: "UPDATE batch_line SET expert = ?, alternatives = ?, peers = ? WHERE batch = ? AND number = ?"
            )
            for line in lines {
                try statement.execute(
                    arguments: [
                        line.expert?.rawValue, line.alternatives.map(\.rawValue).joined(separator: " "), line.peers,
                        key, line.number,
                    ]
                )
            }
            try database.execute(sql: "UPDATE batch SET planned = 1 WHERE key = ?", arguments: [key])
        }
    }

    /// The lines without a result, in their order.
    public func openLines(of key: Int64) throws(StatusError) -> [OpenLine] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT number, expert, alternatives, peers FROM batch_line
                    WHERE batch = ? AND result IS NULL ORDER BY number
                    """,
                arguments: [key]
            ).map { row in
                let alternatives: String = row["alternatives"]
                return OpenLine(
                    number: row["number"],
                    expert: (row["expert"] as String?).flatMap(ExpertID.init(rawValue:)),
                    alternatives: alternatives.split(separator: " ").compactMap { ExpertID(rawValue: String($0)) },
                    peers: row["peers"]
                )
            }
        }
    }

    /// How many lines of every expert have a result; nil counts those of teams.
    public func finishedLines(of key: Int64) throws(StatusError) -> [ExpertID?: Int] {
        try read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT expert, count(*) AS lines FROM batch_line
                    WHERE batch = ? AND result IS NOT NULL GROUP BY expert
                    """,
                arguments: [key]
            )
            return Dictionary(
                rows.map { row in
                    ((row["expert"] as String?).flatMap(ExpertID.init(rawValue:)), row["lines"] as Int)
                },
                uniquingKeysWith: +
            )
        }
    }

    // MARK: Results

    /// Writes down the packed result of a line, once: a second result of the same line is dropped.
    /// - Returns: whether it was the first.
    public func finish(
        _ result: BatchResult,
        packed: [UInt8],
        expert: ExpertID?,
        of key: Int64,
        elapsed: Duration
    ) throws(StatusError) -> Bool {
        try write { database in
            try database.execute(
                sql: """
                    UPDATE batch_line SET result = ?, failed = ?, energy = ?, energy_source = ?, expert = ?
                    WHERE batch = ? AND number = ? AND result IS NULL
                    """,
                arguments: [
                    Data(packed), result.error == nil ? 0 : 1, result.usage.energy.joules,
                    result.usage.energySource.rawValue, expert?.rawValue, key, result.line,
                ]
            )
            let isFirst = database.changesCount == 1
            try database.execute(
                sql: "UPDATE batch SET elapsed = ? WHERE key = ?",
                arguments: [elapsed.seconds, key]
            )
            return isFirst
        }
    }

    /// Packed results of consecutive lines from `first` on, at most `limit`, up to the first line without one.
    public func results(of key: Int64, first: Int, limit: Int) throws(StatusError) -> [[UInt8]] {
        try read { database in
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT result FROM batch_line WHERE batch = ? AND number >= ? ORDER BY number LIMIT ?",
                arguments: [key, first, limit]
            )
            return rows.prefix { $0["result"] as Data? != nil }.compactMap { $0["result"] as Data? }.map { Array($0) }
        }
    }

    /// Moves the batch to a state in which nothing more happens to it.
    public func end(_ key: Int64, _ state: BatchStatus.State, detail: String, now: Double) throws(StatusError) {
        try write { database in
            try database.execute(
                sql: "UPDATE batch SET state = ?, detail = ?, ended = ? WHERE key = ?",
                arguments: [state.rawValue, detail, now, key]
            )
        }
    }

    /// Forgets a batch with everything in it.
    public func forget(_ key: Int64) throws(StatusError) {
        try write { try $0.execute(sql: "DELETE FROM batch WHERE key = ?", arguments: [key]) }
    }

    /// Forgets batches that ended before `ended`, and ones that were begun before `created` and never became complete. Both
    /// in Unix seconds.
    public func forget(endedBefore ended: Double, createdBefore created: Double) throws(StatusError) {
        try write { database in
            try database.execute(
                sql: "DELETE FROM batch WHERE ended < ? OR (state = ? AND created < ?)",
                arguments: [ended, BatchStatus.State.receiving.rawValue, created]
            )
        }
    }

    // MARK: Access

    private static func entry(_ database: Database, id: BatchID, client: String) throws -> Entry? {
        try Row.fetchOne(
            database,
            sql: "SELECT * FROM batch WHERE client = ? AND id = ?",
            arguments: [client, id.rawValue]
        ).map { try entry(database, $0) }
    }

    private static func entry(_ database: Database, _ row: Row) throws -> Entry {
        let key: Int64 = row["key"]
        let id = try BatchID(row["id"] as String)
        let counts = try Row.fetchOne(
            database,
            sql: """
                SELECT count(*) AS received, count(result) AS finished, ifnull(sum(failed), 0) AS failed,
                    ifnull(sum(energy), 0) AS energy,
                    ifnull(max(energy_source), 0) AS worst
                FROM batch_line WHERE batch = ?
                """,
            arguments: [key]
        )
        let failed: Int = counts?["failed"] ?? 0
        let order = BatchOrder(
            id: id,
            lines: row["lines"],
            energyLimit: (row["energy_limit"] as Double?).map { .joules($0) },
            timeLimit: (row["time_limit"] as Double?).map { .seconds($0) },
            trade: row["trade"]
        )
        return Entry(
            key: key,
            order: order,
            client: row["client"],
            status: BatchStatus(
                id: id,
                state: BatchStatus.State(rawValue: row["state"]) ?? .receiving,
                detail: row["detail"],
                lines: order.lines,
                received: counts?["received"] ?? 0,
                answered: (counts?["finished"] ?? 0) - failed,
                failed: failed,
                energy: .joules(counts?["energy"] ?? 0),
                // The larger number is the weaker source.
                energySource: Provenance(rawValue: counts?["worst"] ?? 0) ?? .unknown,
                elapsed: .seconds(row["elapsed"] as Double)
            ),
            due: row["due"],
            isPlanned: row["planned"]
        )
    }

    private static func received(_ database: Database, _ key: Int64) throws -> Int {
        let last = try Int.fetchOne(
            database,
            sql: "SELECT max(number) FROM batch_line WHERE batch = ?",
            arguments: [key]
        )
        return last.map { $0 + 1 } ?? 0
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws(StatusError) -> Value {
        do { return try store.database.read(body) } catch { throw Self.status(error) }
    }

    private func write<Value>(_ body: (Database) throws -> Value) throws(StatusError) -> Value {
        do { return try store.database.write(body) } catch { throw Self.status(error) }
    }

    private static func status(_ error: any Error) -> StatusError {
        error as? StatusError
            ?? StatusError(.internal, "the batch journal failed (\(error)); see to the disk of the gate's store")
    }
}

extension BatchJournal.Entry? {
    /// The entry.
    /// - Throws: `notFound` when there is none.
    fileprivate func found(_ id: BatchID) throws(StatusError) -> BatchJournal.Entry {
        guard let self else { throw StatusError(.notFound, "there is no batch '\(id)'") }
        return self
    }
}
