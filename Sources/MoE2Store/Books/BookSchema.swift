import GRDB

/// The tables of the books. Energies are in joules, times of the day in Unix seconds, lengths of time in milliseconds.
enum BookSchema {
    static func create(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE plan (
                    number INTEGER PRIMARY KEY,
                    made REAL NOT NULL,
                    category TEXT NOT NULL,
                    active_set TEXT NOT NULL,      -- JSON array of expert names
                    status TEXT NOT NULL,
                    quality REAL NOT NULL,
                    bound REAL NOT NULL,
                    gap REAL NOT NULL,
                    energy_limit_j REAL,
                    latency_limit_ms REAL,
                    team_size INTEGER NOT NULL,
                    binding TEXT NOT NULL,         -- JSON array of limits
                    nodes INTEGER NOT NULL,
                    solve_ms REAL NOT NULL,
                    reason TEXT NOT NULL
                );
                CREATE INDEX plan_by_category ON plan (category, number);

                CREATE TABLE query (
                    number INTEGER PRIMARY KEY,
                    ended REAL NOT NULL,
                    id TEXT NOT NULL,
                    client TEXT NOT NULL,
                    category TEXT NOT NULL,
                    mode TEXT NOT NULL,
                    status TEXT NOT NULL,          -- a gRPC status name; OK when answered
                    error TEXT,
                    team TEXT NOT NULL,            -- JSON array of expert names
                    plan INTEGER,
                    elapsed_ms REAL NOT NULL,
                    first_token_ms REAL,
                    energy_j REAL NOT NULL,
                    energy_source TEXT NOT NULL,
                    predicted_energy_j REAL,
                    predicted_latency_ms REAL,
                    energy_limit_j REAL,
                    latency_limit_ms REAL,
                    prompt_tokens INTEGER NOT NULL,
                    completion_tokens INTEGER NOT NULL,
                    retries INTEGER NOT NULL,
                    degraded TEXT,
                    prompt TEXT,                   -- NULL unless the configuration asks for it
                    answer TEXT
                );
                CREATE INDEX query_by_end ON query (ended);

                CREATE TABLE shard (
                    number INTEGER PRIMARY KEY,
                    ended REAL NOT NULL,
                    id TEXT NOT NULL,
                    query TEXT NOT NULL,
                    client TEXT NOT NULL,
                    category TEXT NOT NULL,
                    expert TEXT NOT NULL,
                    host TEXT NOT NULL,
                    cause TEXT NOT NULL,
                    status TEXT NOT NULL,
                    elapsed_ms REAL NOT NULL,
                    prefill_ms REAL NOT NULL,
                    decode_ms REAL NOT NULL,
                    prompt_tokens INTEGER NOT NULL,
                    completion_tokens INTEGER NOT NULL,
                    energy_j REAL NOT NULL,
                    energy_source TEXT NOT NULL,
                    predicted_latency_ms REAL NOT NULL,
                    predicted_latency_p90_ms REAL NOT NULL,
                    predicted_energy_j REAL NOT NULL,
                    predicted_energy_p90_j REAL NOT NULL
                );
                CREATE INDEX shard_by_end ON shard (ended);
                CREATE INDEX shard_by_query ON shard (query);

                -- Sums that outlive the rows above.
                CREATE TABLE energy (
                    hour INTEGER NOT NULL,         -- Unix time / 3600
                    client TEXT NOT NULL,
                    host TEXT NOT NULL,
                    expert TEXT NOT NULL,
                    shards INTEGER NOT NULL,
                    prompt_tokens INTEGER NOT NULL,
                    completion_tokens INTEGER NOT NULL,
                    energy_j REAL NOT NULL,
                    measured_j REAL NOT NULL,
                    compared INTEGER NOT NULL,
                    within_latency_p90 INTEGER NOT NULL,
                    within_energy_p90 INTEGER NOT NULL,
                    predicted_j REAL NOT NULL,
                    reported_j REAL NOT NULL,
                    error_j REAL NOT NULL,
                    PRIMARY KEY (hour, client, host, expert)
                ) WITHOUT ROWID;
                CREATE TABLE query_count (
                    hour INTEGER NOT NULL,
                    client TEXT NOT NULL,
                    answered INTEGER NOT NULL,
                    failed INTEGER NOT NULL,
                    PRIMARY KEY (hour, client)
                ) WITHOUT ROWID;
                """
        )
    }
}
