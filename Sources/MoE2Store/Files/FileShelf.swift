import FoundationEssentials
import GRDB
public import MoE2Core

/// Files that clients send for batches, and what they ordered with them. A client sees its own only.
public struct FileShelf: Sendable {
    /// The most a client may keep here.
    public static let maximumBytes = 256 << 20
    /// How long files and orders are kept, in seconds.
    public static let retention = 7 * 86_400.0

    private let store: Store

    /// The shelf in `store`.
    public init(_ store: Store) { self.store = store }

    // MARK: Files

    /// Keeps a file; forgets what is too old.
    /// - Throws: `resourceExhausted` when the client keeps too much already.
    public func add(_ file: ShelvedFile, content: [UInt8], client: String) throws(StatusError) {
        try write { database in
            let oldest = file.created - Self.retention
            try database.execute(sql: "DELETE FROM shelf_file WHERE created < ?", arguments: [oldest])
            try database.execute(sql: "DELETE FROM shelf_batch WHERE created < ?", arguments: [oldest])
            let kept =
                try Int.fetchOne(
                    database,
                    sql: "SELECT ifnull(sum(bytes), 0) FROM shelf_file WHERE client = ?",
                    arguments: [client]
                ) ?? 0
            guard kept + content.count <= Self.maximumBytes else {
                throw StatusError(
                    .resourceExhausted,
                    "client '\(client)' keeps \(kept) bytes of files; at most \(Self.maximumBytes) are kept: delete some",
                    retryAfter: .seconds(60)
                )
            }
            try database.execute(
                sql: """
                    INSERT INTO shelf_file (id, client, name, purpose, created, bytes, content) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    file.id, client, file.name, file.purpose, file.created, content.count, Data(content),
                ]
            )
        }
    }

    /// The client's files, newest first.
    public func files(of client: String) throws(StatusError) -> [ShelvedFile] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id, name, purpose, created, bytes FROM shelf_file WHERE client = ?
                    ORDER BY created DESC, id LIMIT 1000
                    """,
                arguments: [client]
            ).map(Self.file)
        }
    }

    /// A file of the client; nil when there is none of that name.
    public func file(_ id: String, client: String) throws(StatusError) -> ShelvedFile? {
        try read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT id, name, purpose, created, bytes FROM shelf_file WHERE id = ? AND client = ?",
                arguments: [id, client]
            ).map(Self.file)
        }
    }

    /// What a file holds; nil when there is none of that name.
    public func content(of id: String, client: String) throws(StatusError) -> [UInt8]? {
        try read { database in
            try Data.fetchOne(
                database,
                sql: "SELECT content FROM shelf_file WHERE id = ? AND client = ?",
                arguments: [id, client]
            ).map { Array($0) }
        }
    }

    /// Forgets a file.
    /// - Returns: whether there was one of that name.
    public func remove(_ id: String, client: String) throws(StatusError) -> Bool {
        try write { database in
            try database.execute(
                sql: "DELETE FROM shelf_file WHERE id = ? AND client = ?",
                arguments: [id, client]
            )
            return database.changesCount == 1
        }
    }

    // MARK: Batches

    /// Keeps what was ordered.
    public func add(_ batch: ShelvedBatch, client: String) throws(StatusError) {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO shelf_batch (id, client, file, endpoint, window, metadata, created)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    batch.id.rawValue, client, batch.file, batch.endpoint, batch.window, batch.metadata, batch.created,
                ]
            )
        }
    }

    /// The client's batches, newest first.
    public func batches(of client: String) throws(StatusError) -> [ShelvedBatch] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM shelf_batch WHERE client = ? ORDER BY created DESC, id LIMIT 1000",
                arguments: [client]
            ).compactMap(Self.batch)
        }
    }

    /// A batch of the client; nil when there is none of that name.
    public func batch(_ id: BatchID, client: String) throws(StatusError) -> ShelvedBatch? {
        try read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT * FROM shelf_batch WHERE id = ? AND client = ?",
                arguments: [id.rawValue, client]
            ).flatMap(Self.batch)
        }
    }

    // MARK: Rows

    private static func file(_ row: Row) -> ShelvedFile {
        ShelvedFile(
            id: row["id"],
            name: row["name"],
            purpose: row["purpose"],
            created: row["created"],
            bytes: row["bytes"]
        )
    }

    private static func batch(_ row: Row) -> ShelvedBatch? {
        guard let id = BatchID(rawValue: row["id"]) else { return nil }
        return ShelvedBatch(
            id: id,
            file: row["file"],
            endpoint: row["endpoint"],
            window: row["window"],
            metadata: row["metadata"],
            created: row["created"]
        )
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws(StatusError) -> Value {
        do { return try store.database.read(body) } catch { throw Self.status(error) }
    }

    private func write<Value>(_ body: (Database) throws -> Value) throws(StatusError) -> Value {
        do { return try store.database.write(body) } catch { throw Self.status(error) }
    }

    private static func status(_ error: any Error) -> StatusError {
        error as? StatusError
            ?? StatusError(.internal, "the files cannot be kept (\(error)); see to the disk of the gate's store")
    }
}
