-- The one row that every write transaction locks first: number, hash and time of the last commit.
CREATE TABLE register (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last_commit INTEGER NOT NULL,
    last_hash BLOB NOT NULL,
    last_at INTEGER NOT NULL
);
INSERT INTO register (id, last_commit, last_hash, last_at) VALUES (1, 0, zeroblob(32), 0);

-- Commits, which are the outbox too.
CREATE TABLE commits (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    token TEXT,
    origin TEXT NOT NULL,
    reason TEXT,
    request_id TEXT,
    hash BLOB NOT NULL
);

-- The truth: every change of every record, as canonical JSON.
CREATE TABLE changes (
    commit_number INTEGER NOT NULL REFERENCES commits (number),
    place INTEGER NOT NULL,
    type TEXT NOT NULL,
    id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (commit_number, place)
) WITHOUT ROWID;
CREATE UNIQUE INDEX changes_of_record ON changes (type, id, revision);

-- For each type: the last commit that touched it, the next id, and how many records there are.
CREATE TABLE heads (
    type TEXT PRIMARY KEY,
    head INTEGER NOT NULL,
    next_id INTEGER NOT NULL,
    records INTEGER NOT NULL
) WITHOUT ROWID;

-- Every schema that was applied; the last one holds.
CREATE TABLE schemas (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    text TEXT NOT NULL
);

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_name TEXT NOT NULL,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
);

-- Work that one process does at a time: who does it, until when, and how often it changed hands.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL,
    fence INTEGER NOT NULL
) WITHOUT ROWID;
