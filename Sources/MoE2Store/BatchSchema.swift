import GRDB

/// The tables of the batch journal. Energies are in joules, times of the day in Unix seconds, lengths of time in seconds.
enum BatchSchema {
    static func create(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE batch (
                    key INTEGER PRIMARY KEY,
                    id TEXT NOT NULL,
                    client TEXT NOT NULL,
                    lines INTEGER NOT NULL,
                    energy_limit REAL,
                    time_limit REAL,
                    trade REAL NOT NULL,
                    state INTEGER NOT NULL,        -- BatchStatus.State
                    detail TEXT NOT NULL DEFAULT '',
                    created REAL NOT NULL,
                    ended REAL,
                    due REAL,                      -- when it must be done; set with the last line
                    elapsed REAL NOT NULL DEFAULT 0,
                    planned INTEGER NOT NULL DEFAULT 0,
                    UNIQUE (client, id)
                );
                CREATE TABLE batch_line (
                    batch INTEGER NOT NULL REFERENCES batch (key) ON DELETE CASCADE,
                    number INTEGER NOT NULL,
                    query BLOB NOT NULL,           -- packed moe2.v1.QueryRequest
                    expert TEXT,                   -- who is to take it; NULL when a team answers
                    alternatives TEXT NOT NULL DEFAULT '',
                    peers INTEGER NOT NULL DEFAULT 0,
                    result BLOB,                   -- packed moe2.v1.BatchResult
                    failed INTEGER NOT NULL DEFAULT 0,
                    energy REAL NOT NULL DEFAULT 0,
                    energy_source INTEGER NOT NULL DEFAULT 0,
                    PRIMARY KEY (batch, number)
                ) WITHOUT ROWID;
                """
        )
    }
}
