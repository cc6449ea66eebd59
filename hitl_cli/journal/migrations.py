"""The schema, as numbered migrations: each runs once, in order, and never changes after a release.

`records` is the append-only audit log, with a hash chain. `sessions`, `commands` and `programs` are projections of it
(see `projection`) for fast queries. The other tables hold what a paused session needs to resume, unmasked; their rows
are deleted when it no longer needs them.
"""

import sqlite3

MIGRATIONS = (
    """
    CREATE TABLE records (
        number INTEGER PRIMARY KEY,
        time REAL NOT NULL,
        session TEXT NOT NULL,
        kind TEXT NOT NULL,
        body TEXT,
        pruned TEXT,
        digest TEXT NOT NULL,
        chain TEXT NOT NULL
    );
    CREATE INDEX records_of_session ON records (session, kind, number);

    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        began REAL NOT NULL,
        changed REAL NOT NULL,
        folder TEXT NOT NULL,
        workflow TEXT NOT NULL,
        request TEXT NOT NULL,
        runs INTEGER NOT NULL,
        state TEXT NOT NULL
    );
    CREATE INDEX sessions_of_folder ON sessions (folder, changed);

    CREATE TABLE commands (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        session TEXT NOT NULL,
        run INTEGER NOT NULL,
        request TEXT NOT NULL,
        state TEXT NOT NULL,
        proposed TEXT NOT NULL,
        approved TEXT,
        folder TEXT NOT NULL,
        decided_by TEXT,
        words TEXT,
        exit_status INTEGER,
        proposed_at REAL NOT NULL,
        decided_at REAL,
        started_at REAL,
        started_record INTEGER,
        finished_at REAL,
        finished_record INTEGER
    );
    CREATE INDEX commands_of_session ON commands (session, number);
    CREATE INDEX commands_of_folder ON commands (folder, number);
    CREATE INDEX commands_in_state ON commands (state, number);
    CREATE INDEX commands_that_failed ON commands (number) WHERE exit_status <> 0;
    CREATE INDEX commands_by_time ON commands (proposed_at);

    CREATE TABLE programs (
        program TEXT NOT NULL,
        command INTEGER NOT NULL,
        PRIMARY KEY (program, command)
    ) WITHOUT ROWID;

    CREATE TABLE paused (
        session TEXT PRIMARY KEY,
        run INTEGER NOT NULL,
        prompt TEXT NOT NULL,
        engine TEXT
    );

    CREATE TABLE questions (
        command INTEGER PRIMARY KEY,
        session TEXT NOT NULL,
        request TEXT NOT NULL,
        event TEXT NOT NULL,
        draft TEXT,
        decision TEXT,
        result TEXT
    );
    CREATE INDEX questions_of_session ON questions (session, command);

    CREATE TABLE messages (
        session TEXT NOT NULL,
        position INTEGER NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (session, position)
    ) WITHOUT ROWID;

    CREATE TABLE shells (
        session TEXT PRIMARY KEY,
        folder TEXT NOT NULL,
        variables TEXT NOT NULL
    );

    CREATE TABLE owners (
        session TEXT PRIMARY KEY,
        process INTEGER NOT NULL,
        began REAL NOT NULL
    );
    """,
    """
    CREATE TABLE code (
        session TEXT PRIMARY KEY,
        files TEXT NOT NULL,
        hiding TEXT NOT NULL
    );
    """,
    """
    ALTER TABLE paused ADD COLUMN start TEXT;
    """,
)

VERSION = len(MIGRATIONS)
"""The version of a database after all migrations."""


def migrate(connection: sqlite3.Connection) -> None:
    """Run the migrations that the database lacks. Call this inside a transaction."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for step in MIGRATIONS[version:]:
        for statement in step.split(";"):
            if statement.strip():
                connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
