import GRDB

/// The tables of ``FileShelf``. Times are in Unix seconds.
enum FileSchema {
    static func create(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE shelf_file (
                    id TEXT PRIMARY KEY,
                    client TEXT NOT NULL,
                    name TEXT NOT NULL,
                    purpose TEXT NOT NULL,
                    created REAL NOT NULL,
                    bytes INTEGER NOT NULL,
                    content BLOB NOT NULL
                );
                CREATE INDEX shelf_file_client ON shelf_file (client, created);
                CREATE TABLE shelf_batch (
                    id TEXT PRIMARY KEY,           -- the batch of the journal
                    client TEXT NOT NULL,
                    file TEXT NOT NULL,            -- shelf_file.id
                    endpoint TEXT NOT NULL,
                    window TEXT NOT NULL,
                    metadata TEXT NOT NULL,        -- a JSON object
                    created REAL NOT NULL
                );
                CREATE INDEX shelf_batch_client ON shelf_batch (client, created);
                """
        )
    }
}
